import { z } from "zod";
import { email, newPassword, username } from "../fields.js";
import { defineForm } from "../form.js";
import { withPasswordPolicy } from "../password-policy.js";
import { signUpFieldsShape } from "../profile-fields.js";

/** The fields of a registration, besides the password or the passkey. */
export const registerShape = { username, email, ...signUpFieldsShape };

const fields = z.strictObject({ ...registerShape, password: newPassword });

/** The form that opens an account: at registration and at setup. */
export const registerForm = defineForm(withPasswordPolicy(fields), { secrets: ["password"] });
export type Registration = z.output<typeof registerForm.schema>;
