import { findPasswordProblem } from "../../lib/passwords/policy.js";
import { Unprocessable } from "./errors.js";

/** Refuses a new password that breaks the policy, which depends on its owner. @throws Unprocessable */
export function assertPasswordPolicy(password: string, { username, email }: { username: string; email: string }): void {
  const problem = findPasswordProblem(password, { words: [username, email] });
  if (problem) throw new Unprocessable([{ pointer: "#/password", detail: problem }]);
}
