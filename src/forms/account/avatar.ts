import { z } from "zod";
import type { Refusal } from "../../lib/files/images.js";
import { defineForm } from "../form.js";

const NOTHING = "Choose a picture first.";

/** The form that uploads an avatar. The type is detected from the bytes (lib/files/images.ts). */
export const avatarSchema = z.strictObject({
  avatar: z.instanceof(Uint8Array, { error: NOTHING }).refine(({ length }) => length > 0, NOTHING),
});
export const avatarForm = defineForm(avatarSchema);

/** Why an image was refused, for its user. */
export const refusalTexts: Record<Refusal, string> = {
  unknown: "We can't read this file. Choose a JPEG, PNG, WebP or AVIF image.",
  heic: "HEIC images aren't supported. Convert it to JPEG first.",
  "too-many-pixels": "This image has more than 40 megapixels. Choose a smaller one.",
  "too-oblong": "This image is too narrow to crop to a square.",
  broken: "This image is damaged or incomplete. Choose another one.",
};
