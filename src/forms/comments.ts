import { z } from "zod";
import { comment, onceKeyField } from "./fields.js";
import { defineForm } from "./form.js";

/** A new comment. */
export const commentForm = defineForm(z.strictObject({ body: comment, once: onceKeyField }));

/** A comment that its author edits. */
export const commentEditForm = defineForm(z.strictObject({ body: comment }));
