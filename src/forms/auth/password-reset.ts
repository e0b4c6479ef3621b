import { z } from "zod";
import { email, newPassword, onceKeyField } from "../fields.js";
import { defineForm } from "../form.js";
import { withPasswordPolicy } from "../password-policy.js";

/** The form that requests a password reset link. */
export const passwordResetForm = defineForm(z.strictObject({ email, once: onceKeyField }));

const fields = z.strictObject({ password: newPassword });

/** The form that sets the new password. */
export const newPasswordForm = (owner: { username: string; email: string }) =>
  defineForm(withPasswordPolicy(fields, owner), { secrets: ["password"] });
