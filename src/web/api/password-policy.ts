import { findPasswordProblem, type PasswordOwner } from "../../lib/passwords/policy.js";
import { Unprocessable } from "./errors.js";

/** Refuses a new password that breaks the policy, which depends on its owner. @throws Unprocessable */
export function assertPasswordPolicy(password: string, { username, email, hasSecondFactor }: PasswordOwner): void {
  const problem = findPasswordProblem(password, { words: [username, email], hasSecondFactor });
  if (problem) throw new Unprocessable([{ pointer: "#/password", detail: problem }]);
}
