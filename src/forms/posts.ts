import { z } from "zod";
import { body, domain, onceKeyField, title, visibility } from "./fields.js";
import { defineForm } from "./form.js";

/** What an author writes. With the visibility "domain" goes a domain: its word; not needed by who is in one only. */
export const postForm = defineForm(z.strictObject({ title, body, visibility, domain, once: onceKeyField }));
export type PostData = Omit<z.output<typeof postForm.schema>, "once">;

/** What an editor corrects in somebody else's post: its words. Its visibility may be sent along, as it is. */
export const correctionForm = defineForm(z.strictObject({ title, body, visibility: visibility.optional(), domain }));
export type Correction = z.output<typeof correctionForm.schema>;
