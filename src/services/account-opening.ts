import type { Actor } from "../actor.js";
import { Forbidden } from "../errors.js";
import type { Registration } from "../forms/register.js";
import * as passwords from "../lib/passwords.js";
import type { Role } from "../lib/roles.js";
import type { User } from "../models/user.js";
import { welcome } from "../models/welcoming.js";
import { record } from "./audit.js";
import { releaseAddress } from "./releasing.js";
import { setRoles } from "./role-changes.js";

/**
 * Opens an account for somebody else, whose address counts as proven. For operators.
 * @returns what another account has already, or the new one
 * @throws Forbidden, Overloaded
 */
export async function openAccount(
  actor: Actor,
  { username, email, password }: Registration,
  roles: readonly Role[],
): Promise<User | "username" | "email"> {
  if (actor.via !== "command") throw new Forbidden();
  const passwordHash = await passwords.hash(password);
  const user = await welcome({ username, email, passwordHash });
  if (user === "id") throw new Error("two accounts cannot have one id");
  if (typeof user === "string") return user;
  await record(actor, "user.registered", user);
  await releaseAddress(email);
  await setRoles(actor, user, roles);
  return user;
}
