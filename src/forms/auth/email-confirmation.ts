import { z } from "zod";
import { email, newPassword, onceKeyField } from "../fields.js";
import { defineForm } from "../form.js";
import { withPasswordPolicy } from "../password-policy.js";

/** A password that is only compared, where it may be left out. */
const maybePassword = z.string("Enter your password.").optional();

/** Asks for the confirmation link once more, or for one to another address; an account that was used asks for its password then. */
export const emailConfirmationForm = defineForm(
  z.strictObject({ email, currentPassword: maybePassword, once: onceKeyField }),
  {
    secrets: ["currentPassword"],
  },
);

const proof = z.strictObject({ password: z.string().min(1, "Enter the password you chose."), newPassword }).partial();

/**
 * Confirms an address where another person may have signed up with it: with the password of the sign-up, or with a new one. Neither is
 * asked for in the browser that signed up.
 */
export const confirmationForm = defineForm(proof, { secrets: ["password", "newPassword"] });

/** Judges the new password, whose field has a name of its own here. */
export const chosenPasswordForm = (owner: { username: string; email: string }) =>
  defineForm(withPasswordPolicy(z.strictObject({ password: newPassword }), owner), { secrets: ["password"] });
