import type { Actor } from "../actor.js";
import { Forbidden } from "../errors.js";
import type { User } from "../models/user.js";
import { mayImpersonate } from "../policies/users.js";
import { record } from "./audit.js";
import { isPending } from "./pending.js";

/** Writes down why an admin is about to act as somebody, who reads it afterwards. @throws Forbidden */
export async function beginImpersonation(actor: Actor, user: User, reason: string): Promise<void> {
  if (!mayImpersonate(actor, user)) throw new Forbidden();
  if (isPending(user)) throw new Forbidden("This address is not confirmed yet: there is no account to act in.");
  await record(actor, "impersonation.started", user, { reason });
}

/** Writes down that they stopped. */
export async function endImpersonation(actor: Actor): Promise<void> {
  if (actor.impersonator) await record(actor, "impersonation.ended", actor.user);
}

/** Writes down what an admin sends in somebody's name, before it is done. @param address where to */
export async function noteAct(actor: Actor, address: string): Promise<void> {
  await record(actor, "impersonation.acted", actor.user, { address });
}
