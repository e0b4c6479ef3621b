import { z } from "zod";
import { email, newPassword, once } from "../fields.js";
import { defineForm } from "../form.js";
import { judged } from "../password-policy.js";

/** Asks for a link to choose a new password. */
export const passwordResetForm = defineForm(z.strictObject({ email, once }));

const fields = z.strictObject({ password: newPassword });

/** Chooses it. */
export const newPasswordForm = (owner: { username: string; email: string }) =>
  defineForm(judged(fields, owner), { secrets: ["password"] });
