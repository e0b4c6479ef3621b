import type { Actor } from "../actor.js";
import { Forbidden } from "../errors.js";
import * as mail from "../mail/index.js";
import type { Ending } from "../models/grants.js";
import { Token } from "../models/token.js";
import { User } from "../models/user.js";
import { mayActOn } from "../policies/users.js";
import { record } from "./audit.js";
import { revokeAllAccess } from "./revoke-access.js";

/** Locks somebody out, now and everywhere, and tells them why. @throws Forbidden */
export async function disableUser(actor: Actor, user: User, reason: string): Promise<Ending> {
  if (!mayActOn(actor, "users.disable", user)) throw new Forbidden();
  const outcome = await user.disable();
  if (outcome !== "done") return outcome;
  await shutOut(user);
  await record(actor, "user.disabled", user, { reason });
  if (user.emailConfirmedAt) await mail.lockedWithReason(user, reason);
  return "done";
}

/** Lets somebody in again; a deletion that others planned is off. @throws Forbidden */
export async function enableUser(actor: Actor, user: User): Promise<Ending> {
  if (!mayActOn(actor, "users.disable", user)) throw new Forbidden();
  if (!(await user.enable())) return "unchanged";
  await record(actor, "user.enabled", user);
  if (user.emailConfirmedAt) await mail.unlocked(user);
  return "done";
}

/**
 * Locks somebody out, and has the account deleted in two weeks; until then `enableUser` brings it back.
 * @param about.posts what becomes of what they published
 * @throws Forbidden
 */
export async function deleteUser(
  actor: Actor,
  user: User,
  { reason, posts = "keep" }: { reason: string; posts?: "keep" | "remove" },
): Promise<Ending> {
  if (!mayActOn(actor, "users.delete", user)) throw new Forbidden();
  const outcome = await user.imposeDeletion(posts);
  if (outcome !== "done") return outcome;
  await shutOut(user);
  await record(actor, "deletion.imposed", user, { reason, posts });
  const { deletion } = await User.findById(user._id).orFail();
  if (user.emailConfirmedAt && deletion) await mail.deletionImposed(user, deletion.dueAt ?? new Date(), reason);
  return "done";
}

/** What the epoch made worthless is removed too, so that nothing comes back with the account. */
async function shutOut(user: User): Promise<void> {
  await Promise.all([revokeAllAccess(user), Token.void(user._id)]);
}
