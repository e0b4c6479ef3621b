import { z } from "zod";
import { newPassword, username } from "../fields.js";
import { defineForm } from "../form.js";
import { withPasswordPolicy } from "../password-policy.js";

const fields = z.strictObject({ username, password: newPassword });

/** Opens an account by an invitation. @param owner whose address it was mailed to */
export const acceptanceForm = (owner: { email: string }) =>
  defineForm(withPasswordPolicy(fields, owner), { secrets: ["password"] });
