import { z } from "zod";
import type { PasswordOwner } from "../../lib/passwords/policy.js";
import { changedPassword } from "../fields.js";
import { defineForm } from "../form.js";
import { withPasswordPolicy } from "../password-policy.js";
import { currentPasswordShape, maybeCurrentPassword } from "./owner-form.js";

type Typed = { currentPassword?: string | undefined; password: string };
const isNew = ({ currentPassword, password }: Typed) =>
  currentPassword?.normalize("NFKC") !== password.normalize("NFKC");
const notNew = { path: ["password"], error: "Choose a password that's different from your current one." };

/** Fields of the password change, without the password policy, which needs the owner. */
export const passwordChangeSchema = z
  .strictObject({ ...maybeCurrentPassword, password: changedPassword })
  .refine(isNew, notNew);
const withCurrentPassword = z
  .strictObject({ ...currentPasswordShape, password: changedPassword })
  .refine(isNew, notNew);

/** The form that changes the password, or sets one for an account without. */
export function passwordForm(owner: PasswordOwner & { hasPassword: boolean }) {
  const secrets = { secrets: ["currentPassword", "password"] };
  if (owner.hasPassword) return defineForm(withPasswordPolicy(withCurrentPassword, owner), secrets);
  return defineForm(withPasswordPolicy(passwordChangeSchema, owner), secrets);
}
