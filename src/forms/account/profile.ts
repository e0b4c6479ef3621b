import { z } from "zod";
import { bio, username } from "../fields.js";
import { defineForm } from "../form.js";

/** Without a username the name stays. */
export const profileForm = defineForm(z.strictObject({ username: username.optional(), bio }));
export type ProfileData = z.output<typeof profileForm.schema>;
