import * as passwords from "../../../src/lib/passwords/hash.js";
import { createConfirmedUser } from "../../../src/models/user/create/confirmed.js";
import { newPerson } from "./fresh-user.js";

/** Creates a confirmed account directly, so that it uses up no budget. */
export async function account(person = newPerson()) {
  const { password, ...identity } = person;
  const user = await createConfirmedUser({ ...identity, passwordHash: await passwords.hash(password) });
  if (typeof user === "string") throw new Error(`${person.username}: the ${user} is taken`);
  return { ...person, id: user.id as string };
}
