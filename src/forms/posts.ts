import { z } from "zod";
import { body, title, visibility } from "./fields.js";
import { defineForm } from "./form.js";

export const postForm = defineForm(z.strictObject({ title, body, visibility }));
export type PostData = z.output<typeof postForm.schema>;
