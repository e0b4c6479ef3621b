import { z } from "zod";
import type { PasswordOwner } from "../../lib/passwords/policy.js";
import { changedPassword, password } from "../fields.js";
import { defineForm } from "../form.js";
import { withPasswordPolicy } from "../password-policy.js";

/** Fields of the password change, without the password policy, which needs the owner. */
export const passwordChangeSchema = z
  .strictObject({ currentPassword: password, password: changedPassword })
  .refine(({ currentPassword, password }) => currentPassword.normalize("NFKC") !== password.normalize("NFKC"), {
    path: ["password"],
    error: "Choose a password that's different from your current one.",
  });

/** The form that changes the password. */
export const passwordForm = (owner: PasswordOwner) =>
  defineForm(withPasswordPolicy(passwordChangeSchema, owner), { secrets: ["currentPassword", "password"] });
