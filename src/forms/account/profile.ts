import { z } from "zod";
import { bio } from "../fields.js";
import { defineForm } from "../form.js";

export const profileForm = defineForm(z.strictObject({ bio }));
export type ProfileData = z.output<typeof profileForm.schema>;
