import { z } from "zod";
import { defineForm } from "../form.js";

const NOTHING = "Choose a picture first.";

/** The form that uploads an avatar. The type is detected from the bytes (lib/files/images.ts). */
export const avatarForm = defineForm(
  z.strictObject({ avatar: z.instanceof(Uint8Array, { error: NOTHING }).refine(({ length }) => length > 0, NOTHING) }),
);
