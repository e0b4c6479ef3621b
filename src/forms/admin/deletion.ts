import { z } from "zod";
import { reason } from "../fields.js";
import { defineForm } from "../form.js";

/** The form that schedules a deletion: its reason, and what happens to the posts. */
export const removalSchema = z.strictObject({
  reason,
  posts: z.enum(["keep", "remove"], "Choose what happens to the posts.").default("keep"),
});
export const removalForm = defineForm(removalSchema);
