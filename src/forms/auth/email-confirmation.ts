import { z } from "zod";
import { email, newPassword, onceKeyField } from "../fields.js";
import { defineForm } from "../form.js";
import { withPasswordPolicy } from "../password-policy.js";

/** A password that is optional and only compared. */
const maybePassword = z.string("Enter your password.").optional();

/**
 * The form that requests another confirmation link and can correct the email. A correction needs the password if the
 * account was already used.
 */
export const emailConfirmationForm = defineForm(
  z.strictObject({ email, currentPassword: maybePassword, once: onceKeyField }),
  {
    secrets: ["currentPassword"],
  },
);

const proof = z.strictObject({ password: z.string().min(1, "Enter the password you chose."), newPassword }).partial();

/**
 * The form that confirms an email. Another user may have registered it, so the form needs the password of the
 * registration or a new one. The browser that registered needs neither.
 */
export const confirmationForm = defineForm(proof, { secrets: ["password", "newPassword"] });

/** Checks the new password, which has another field name here. */
export const chosenPasswordForm = (owner: { username: string; email: string }) =>
  defineForm(withPasswordPolicy(z.strictObject({ password: newPassword }), owner), { secrets: ["password"] });
