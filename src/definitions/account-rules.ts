import type { Refused } from "./outcomes.js";
import { getSitePart } from "./site-part.js";

type AccountRules = {
  /** @param email in canonical form: the domain is in lower case. For example: `email.endsWith("@corp.example") ? null : "…"` */
  findEmailProblem(email: string): string | null;

  /** @param username valid, and in the spelling of the user */
  findUsernameProblem(username: string): string | null;
};

/**
 * Your own rules about which emails and usernames may be used. **Write them in
 * `accountRules` of src/site/definitions.ts**: every form, API call and command in
 * which an email or a username comes in asks them, and so does the opening of an account. Each returns the message for
 * the user, or null if the value may be used. Existing accounts keep what they have.
 *
 * site/account-hooks.ts has the rules that need to read something.
 */
export const accountRules: AccountRules = {
  findEmailProblem: () => null,
  findUsernameProblem: () => null,
  ...getSitePart("accountRules"),
};

/** Asks the rules about values that are new to an account. Returns the first refusal, or null. */
export function findRefusal({
  email,
  username,
}: {
  email?: string | undefined;
  username?: string | undefined;
}): Refused | null {
  const problems = {
    username: username === undefined ? null : accountRules.findUsernameProblem(username),
    email: email === undefined ? null : accountRules.findEmailProblem(email),
  };
  const [problem] = Object.entries(problems).filter(([, message]) => message !== null);
  return problem ? { refused: { field: problem[0], message: problem[1] ?? "" } } : null;
}
