import { z } from "zod";
import { body, domain, onceKeyField, title, visibility } from "./fields.js";
import { defineForm } from "./form.js";

/**
 * The form of a post. The visibility "domain" needs the slug of the domain, unless the author is a member of only one.
 */
export const postForm = defineForm(z.strictObject({ title, body, visibility, domain, once: onceKeyField }));
export type PostData = Omit<z.output<typeof postForm.schema>, "once">;

/**
 * The form to correct another user's post. It changes title and text; if it contains a visibility, that must be
 * unchanged.
 */
export const correctionForm = defineForm(z.strictObject({ title, body, visibility: visibility.optional(), domain }));
export type Correction = z.output<typeof correctionForm.schema>;
