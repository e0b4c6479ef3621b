import { roleNames } from "../../src/definitions/roles.js";
import { User } from "../../src/models/user.js";
import type { RolesOutcome } from "../../src/services/admin/roles.js";
import { Misuse } from "../support/command-line.js";

/** The action is not possible. The message has one line. */
export class Refusal extends Error {}
export type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;
/** Result of a verb: a sentence for the operator, and data for programs. */
export type Answer = { text: string; data: Record<string, unknown> };

export type Verb = {
  /** The arguments after the verb. */
  usage: string;
  about: string;
  options: Record<string, { type: "string" | "boolean"; multiple?: boolean; about: string }>;
  /** True if the first argument is a user. */
  takesPerson: boolean;
  run(values: Values, person: User | null): Promise<Answer>;
};

/**
 * Finds a user by username or confirmed email. Ignores unconfirmed emails, because anyone can register with them.
 * @throws Refusal
 */
export async function findPerson(name: string): Promise<User> {
  const login = name.trim().toLowerCase();
  const user = await User.findByLogin(login);
  if (!user) throw new Refusal(`No user found for ${name}. Try: npm run user -- list`);
  return user;
}

/** Returns the value of a required text option. @throws Misuse */
export function needed(values: Values, option: string): string {
  const value = values[option];
  if (typeof value !== "string" || value.trim() === "") throw new Misuse(`--${option} is missing.`);
  return value;
}

/** Returns the roles given as options. @throws Misuse */
export function rolesIn(values: Values) {
  const given = [values.role ?? []].flat().map(String);
  const roles = roleNames.filter((role) => given.includes(role));
  const unknown = given.find((name) => !roles.some((role) => role === name));
  if (unknown !== undefined) throw new Misuse(`There is no role "${unknown}". Roles: ${roleNames.join(", ")}.`);
  return roles;
}

/** @throws Refusal if the action is not allowed and nothing was done */
export function refuse(outcome: RolesOutcome, { username, email }: Pick<User, "username" | "email">): void {
  const problems: Record<RolesOutcome, string | null> = {
    done: null,
    unchanged: null,
    "last-superadmin": "This is the only superadmin. Promote another user first.",
    unconfirmed: `${username} can't get a role: ${email} isn't confirmed yet.`,
  };
  const problem = problems[outcome];
  if (problem !== null) throw new Refusal(problem);
}
