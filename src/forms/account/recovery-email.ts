import { z } from "zod";
import { email, onceKeyField, password } from "../fields.js";
import { defineForm } from "../form.js";

/** The form that requests a recovery email. The password proves that the owner sent it. */
export const recoveryEmailSchema = z.strictObject({ email, currentPassword: password });
export const recoveryEmailForm = defineForm(recoveryEmailSchema.extend({ once: onceKeyField }), {
  secrets: ["currentPassword"],
});
