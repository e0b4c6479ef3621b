import { z } from "zod";
import { defineForm } from "../form.js";

const NOTHING = "Choose a picture first.";

/** A picture of oneself, as it came: what it is, its bytes tell (lib/files/images.ts). */
export const avatarForm = defineForm(
  z.strictObject({ avatar: z.instanceof(Uint8Array, { error: NOTHING }).refine(({ length }) => length > 0, NOTHING) }),
);
