import { z } from "zod";
import { defineOwnerForm, maybeCurrentPassword } from "./owner-form.js";

const posts = z.enum(["keep", "remove"], "Choose what happens to your posts.").default("keep");

/** Fields of the account-deletion form. */
export const deletionForm = defineOwnerForm({ posts });
export const deletionSchema = z.strictObject({ posts, ...maybeCurrentPassword });
