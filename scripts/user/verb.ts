import { roleNames } from "../../src/definitions/roles.js";
import { User } from "../../src/models/user.js";
import type { RolesOutcome } from "../../src/services/admin/roles.js";

/** What was asked for cannot be done; said in one line. */
export class Refusal extends Error {}
/** The command was called in a way that it does not understand. */
export class Misuse extends Error {}

export type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;
/** What a verb has to say: a sentence for people, and the same for programs. */
export type Answer = { text: string; data: Record<string, unknown> };

export type Verb = {
  /** What comes behind the verb. */
  usage: string;
  about: string;
  options: Record<string, { type: "string" | "boolean"; multiple?: boolean; about: string }>;
  /** Whether the first word behind the verb is a person. */
  takesPerson: boolean;
  run(values: Values, person: User | null): Promise<Answer>;
};

/** The account of this name, or of this address if it is confirmed: anybody can sign up with an address. @throws Refusal */
export async function findPerson(name: string): Promise<User> {
  const login = name.trim().toLowerCase();
  const user = await User.findByLogin(login);
  if (!user) throw new Refusal(`No user found for ${name}. Try: npm run user -- list`);
  return user;
}

/** A text that must be given. @throws Misuse */
export function needed(values: Values, option: string): string {
  const value = values[option];
  if (typeof value !== "string" || value.trim() === "") throw new Misuse(`--${option} is missing.`);
  return value;
}

/** Roles by their names. @throws Misuse */
export function rolesIn(values: Values) {
  const given = [values.role ?? []].flat().map(String);
  const roles = roleNames.filter((role) => given.includes(role));
  const unknown = given.find((name) => !roles.some((role) => role === name));
  if (unknown !== undefined) throw new Misuse(`There is no role "${unknown}". Roles: ${roleNames.join(", ")}.`);
  return roles;
}

/** @throws Refusal where nothing was done because it may not be */
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
