import { z } from "zod";
import { defineForm } from "../form.js";

const typed = z.string().max(512).default("");

/** The data that the strength meter sends while the user types. */
export const passwordStrengthForm = defineForm(z.strictObject({ password: typed, username: typed, email: typed }), {
  secrets: ["password"],
});
