import { z } from "zod";
import { email, newPassword, onceKeyField } from "../fields.js";
import { defineForm } from "../form.js";
import { withPasswordPolicy } from "../password-policy.js";

/** An optional password for a comparison. */
const maybePassword = z.string("Enter your password.").optional();

/** Requests another confirmation link, or corrects the email first; an account that was used needs its password for that. */
export const emailConfirmationForm = defineForm(
  z.strictObject({ email, currentPassword: maybePassword, once: onceKeyField }),
  {
    secrets: ["currentPassword"],
  },
);

const proof = z.strictObject({ password: z.string().min(1, "Enter the password you chose."), newPassword }).partial();

/**
 * Confirms an email that another user may have registered: needs the password of the registration, or a new one. The browser
 * that registered needs neither.
 */
export const confirmationForm = defineForm(proof, { secrets: ["password", "newPassword"] });

/** Checks the new password, whose field has another name here. */
export const chosenPasswordForm = (owner: { username: string; email: string }) =>
  defineForm(withPasswordPolicy(z.strictObject({ password: newPassword }), owner), { secrets: ["password"] });
