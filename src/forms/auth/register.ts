import { z } from "zod";
import { email, newPassword, username } from "../fields.js";
import { defineForm } from "../form.js";
import { withPasswordPolicy } from "../password-policy.js";

const fields = z.strictObject({ username, email, password: newPassword });

export const registerForm = defineForm(withPasswordPolicy(fields), { secrets: ["password"] });
export type Registration = z.output<typeof registerForm.schema>;
