import { z } from "zod";
import { reason } from "../fields.js";
import { defineForm } from "../form.js";

/** Reason for the deletion, and what happens to the posts. */
export const removalSchema = z.strictObject({
  reason,
  posts: z.enum(["keep", "remove"], "Choose what happens to the posts.").default("keep"),
});
export const removalForm = defineForm(removalSchema);
