import { z } from "zod";
import { body, domain, onceKeyField, title, visibility } from "./fields.js";
import { defineForm } from "./form.js";

/** A post. The visibility "domain" needs the domain's slug, unless the author is a member of only one. */
export const postForm = defineForm(z.strictObject({ title, body, visibility, domain, once: onceKeyField }));
export type PostData = Omit<z.output<typeof postForm.schema>, "once">;

/** A correction of another user's post: title and text. The visibility may be sent, but must be unchanged. */
export const correctionForm = defineForm(z.strictObject({ title, body, visibility: visibility.optional(), domain }));
export type Correction = z.output<typeof correctionForm.schema>;
