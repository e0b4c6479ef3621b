import { z } from "zod";
import { newPassword, password } from "../fields.js";
import { defineForm } from "../form.js";
import { withPasswordPolicy } from "../password-policy.js";

/** Fields of the password change, without the password policy, which needs the owner. */
export const passwordChangeSchema = z
  .strictObject({ currentPassword: password, password: newPassword })
  .refine(({ currentPassword, password }) => currentPassword.normalize("NFKC") !== password.normalize("NFKC"), {
    path: ["password"],
    error: "Choose a password that's different from your current one.",
  });

/** The form that changes the password. */
export const passwordForm = (owner: { username: string; email: string }) =>
  defineForm(withPasswordPolicy(passwordChangeSchema, owner), { secrets: ["currentPassword", "password"] });
