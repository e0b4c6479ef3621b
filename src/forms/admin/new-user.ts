import { z } from "zod";
import { email, newPassword, username } from "../fields.js";
import { defineForm } from "../form.js";
import { withPasswordPolicy } from "../password-policy.js";
import { allFieldsShape } from "../profile-fields.js";

const fields = z.strictObject({ username, email, ...allFieldsShape, password: newPassword });

/** The account that an operator opens at the command line. */
export const newUserForm = defineForm(withPasswordPolicy(fields), { secrets: ["password"] });
