import type { Actor } from "../actor.js";
import { actOnEach, type Stop } from "../lib/until-done.js";
import { log } from "../log.js";
import * as mail from "../mail/index.js";
import { abandonedSignUps } from "../models/abandoned-sign-ups.js";
import { ApiSession } from "../models/api-session.js";
import { AuditEvent } from "../models/audit-event.js";
import { Export } from "../models/export.js";
import { IdempotencyKey } from "../models/idempotency.js";
import { Invitation } from "../models/invitation.js";
import type { PostsAfterwards } from "../models/leaving-verbs.js";
import { LoginAttempt } from "../models/login-attempts.js";
import { Post } from "../models/post.js";
import { Token } from "../models/token.js";
import { User } from "../models/user.js";
import { record } from "./audit.js";
import { endOtherDevices } from "./devices.js";
import { forgetPictures } from "./pictures.js";
import { revokeAllAccess } from "./revoke-access.js";

type Here = Parameters<typeof endOtherDevices>[2];

/** A locked account waits so long before it is removed: what was under way when it was locked is done by then. */
const SETTLED_AFTER_MS = 60_000;
const SIGN_UP_KEPT_MS = 7 * 86_400_000;

/**
 * Plans to delete an account; a plan that exists stays. @param plan.here where its person stays signed in
 * @returns false when it is the last superadmin's: then nothing is planned
 */
export async function planDeletion(
  actor: Actor,
  user: User,
  plan: { posts: PostsAfterwards; here: Here },
): Promise<boolean> {
  if (await user.isLastSuperadmin()) return false;
  const dueAt = await user.planDeletion(plan.posts);
  if (!dueAt) return true;
  await endOtherDevices(actor, user, plan.here);
  await record(actor, "deletion.planned", user);
  if (!user.emailConfirmedAt) return true;
  await mail.deletionPlanned(actor, user, dueAt, await Token.issue({ purpose: "not-me", user, email: user.email }));
  return true;
}

/** Drops the plan to delete an account. False when there was none, or when it is too late. */
export async function cancelDeletion(actor: Actor, user: User): Promise<boolean> {
  if (!(await user.keepAccount())) return false;
  await record(actor, "deletion.cancelled", user);
  return true;
}

/**
 * Deletes the accounts that are due: locks them, and removes those that were locked a while ago. It goes on
 * where another process, or this one before it was killed, left off.
 */
export async function deleteDueAccounts(actor: Actor, now = new Date(), stop?: Stop): Promise<void> {
  const act = async (user: User) => {
    const begunAt = user.deletion?.begunAt;
    if (!begunAt) await begin(user, now);
    else if (begunAt.getTime() <= now.getTime() - SETTLED_AFTER_MS) await finish(actor, user);
  };
  await actOnEach(User.eachDue(now), act, { stop, what: "deletions of accounts" });
}

/**
 * Drops some of the sign-ups that were not confirmed in a week, nor ever used: the names they took are free again.
 * Answers how many. One that a crash leaves behind is due, and `deleteDueAccounts` removes it.
 */
export async function dropAbandonedSignUps(now = new Date()): Promise<number> {
  const ids = await abandonedSignUps.list(new Date(now.getTime() - SIGN_UP_KEPT_MS));
  const begun = ids.length > 0 ? await abandonedSignUps.begin(ids) : [];
  for (const user of await abandonedSignUps.withMore(begun)) await removeAccount(user, "remove");
  await abandonedSignUps.remove(begun);
  return begun.length;
}

/** Deletes a sign-up and all that it left behind, unless its address was confirmed meanwhile. */
export async function dropSignUp(user: User): Promise<void> {
  if (await user.beginDroppingSignUp()) await removeAccount(user, "remove");
}

/** The last superadmin's account waits for another superadmin. */
async function begin(user: User, now: Date): Promise<void> {
  const outcome = await user.beginDeletion(now);
  if (outcome === "last-superadmin") log.warn({ event: "deletion.held", user: user.id }, "the last superadmin stays");
}

async function finish(actor: Actor, user: User): Promise<void> {
  const posts = user.deletion?.posts === "keep" ? "keep" : "remove";
  if (!(await removeAccount(user, posts))) return;
  await record(actor, "deletion.done", null, { posts });
  if (user.emailConfirmedAt) await mail.accountDeleted(user, { asAsked: !user.deletion?.imposed });
}

/**
 * Removes a locked account and all that belongs to it. Each step may be done twice, and the account goes last: after a
 * crash it is still there, and it all begins anew. False when another process was faster.
 */
async function removeAccount(user: User, posts: PostsAfterwards): Promise<boolean> {
  await revokeAllAccess(user);
  await Token.void(user._id);
  await ApiSession.forget(user._id);
  await IdempotencyKey.forget(user._id);
  await LoginAttempt.drop(user.id);
  await Export.forget(user._id);
  await forgetPictures(user._id);
  await Post.partFrom(user._id, posts);
  await Invitation.forget(user._id);
  await AuditEvent.forget(user._id);
  return (await User.deleteOne({ _id: user._id })).deletedCount === 1;
}
