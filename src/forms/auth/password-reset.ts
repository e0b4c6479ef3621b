import { z } from "zod";
import type { PasswordOwner } from "../../lib/passwords/policy.js";
import { changedPassword, email, onceKeyField } from "../fields.js";
import { defineForm } from "../form.js";
import { withPasswordPolicy } from "../password-policy.js";

/** The form that requests a password reset link. */
export const passwordResetForm = defineForm(z.strictObject({ email, once: onceKeyField }));

const fields = z.strictObject({ password: changedPassword });

/** The form that sets the new password. */
export const newPasswordForm = (owner: PasswordOwner) =>
  defineForm(withPasswordPolicy(fields, owner), { secrets: ["password"] });
