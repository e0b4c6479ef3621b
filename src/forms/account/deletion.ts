import { z } from "zod";
import { password } from "../fields.js";
import { defineForm } from "../form.js";

const posts = z.enum(["keep", "remove"], "Choose what becomes of your posts.").default("keep");

export const deletionForm = defineForm(z.strictObject({ posts, currentPassword: password }), {
  secrets: ["currentPassword"],
});
