import { z } from "zod";
import { passwordProblem } from "../lib/password-rules.js";
import { email, newPassword, username } from "./fields.js";
import { defineForm } from "./form.js";

const fields = z.strictObject({ username, email, password: newPassword });

/** The password is judged with the name and address beside it, even while these have mistakes of their own. */
const judged = fields.superRefine(
  ({ username, email, password }, context) => {
    const words = [username, email].filter((word) => typeof word === "string");
    const problem = typeof password === "string" ? passwordProblem(password, { words }) : null;
    if (problem) context.addIssue({ code: "custom", path: ["password"], message: problem });
  },
  { when: () => true },
);

export const registerForm = defineForm(judged, { secrets: ["password"] });
export type Registration = z.output<typeof registerForm.schema>;
