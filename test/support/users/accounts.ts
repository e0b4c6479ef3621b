import * as passwords from "../../../src/lib/passwords/hash.js";
import { createAccount } from "../../../src/models/user/create/account.js";
import type { User } from "../../../src/models/user.js";
import { newPerson } from "./fresh-user.js";

type Person = { username: string; email: string; password: string };

/** Creates an account directly, so that it uses up no budget. Returns null if the username is taken. */
export async function createdAccount({ password, ...identity }: Person, isConfirmed = false): Promise<User | null> {
  const account = { ...identity, passwordHash: await passwords.hash(password), isConfirmed };
  const user = await createAccount(account);
  return typeof user === "object" && "_id" in user ? user : null;
}

/** Creates a confirmed account directly. @throws Error if the username or email is taken */
export async function createConfirmed(person: Person): Promise<User> {
  const user = await createdAccount(person, true);
  if (!user) throw new Error(`${person.username} or ${person.email} is taken`);
  return user;
}

/** Creates a confirmed account directly. */
export async function account(person = newPerson()) {
  return { ...person, id: (await createConfirmed(person)).id as string };
}
