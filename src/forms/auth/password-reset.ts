import { z } from "zod";
import { email, newPassword, onceKeyField } from "../fields.js";
import { defineForm } from "../form.js";
import { withPasswordPolicy } from "../password-policy.js";

/** Asks for a link to choose a new password. */
export const passwordResetForm = defineForm(z.strictObject({ email, once: onceKeyField }));

const fields = z.strictObject({ password: newPassword });

/** Chooses it. */
export const newPasswordForm = (owner: { username: string; email: string }) =>
  defineForm(withPasswordPolicy(fields, owner), { secrets: ["password"] });
