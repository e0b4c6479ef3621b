import { z } from "zod";
import { password } from "../fields.js";
import { defineForm } from "../form.js";

/** The current password in a form that needs the proof "password" (definitions/proofs.ts). */
export const currentPasswordShape = { currentPassword: password };

/** The same for an account that may have no password, and for the API, whose calls serve both kinds of accounts. */
export const maybeCurrentPassword = {
  currentPassword: password.optional().meta({
    format: "password",
    description: "Required, unless the account has no password. Then the call needs a recent login.",
  }),
};

/**
 * Defines a form with the field `currentPassword`, and the same form for accounts without a password, which ignores it:
 * the page may have been drawn before the password was removed.
 */
export function defineOwnerForm<Shape extends z.ZodRawShape>(shape: Shape) {
  const secrets = { secrets: ["currentPassword"] };
  const forms = {
    withPassword: defineForm(z.strictObject({ ...shape, ...currentPasswordShape }), secrets),
    without: defineForm(z.strictObject({ ...shape, ...maybeCurrentPassword }), secrets),
  };
  return ({ hasPassword }: { hasPassword: boolean }) => (hasPassword ? forms.withPassword : forms.without);
}
