import { z } from "zod";
import { password } from "../fields.js";
import { defineForm } from "../form.js";

const posts = z.enum(["keep", "remove"], "Choose what happens to your posts.").default("keep");

/** Fields of the account-deletion form. */
export const deletionSchema = z.strictObject({ posts, currentPassword: password });
export const deletionForm = defineForm(deletionSchema, { secrets: ["currentPassword"] });
