import { z } from "zod";
import { newPassword, username } from "../fields.js";
import { defineForm } from "../form.js";
import { withPasswordPolicy } from "../password-policy.js";
import { signUpFieldsShape } from "../profile-fields.js";

const fields = z.strictObject({ username, ...signUpFieldsShape, password: newPassword });

/** The form that creates an account through an invitation. @param owner the email to which it was sent */
export const acceptanceForm = (owner: { email: string }) =>
  defineForm(withPasswordPolicy(fields, owner), { secrets: ["password"] });
