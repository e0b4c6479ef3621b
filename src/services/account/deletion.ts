import { type Actor, systemActor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { actOnEach, type Stop } from "../../lib/async/until-done.js";
import { log } from "../../log.js";
import * as mail from "../../mail/index.js";
import { ApiSession } from "../../models/api-session.js";
import { ApiToken } from "../../models/api-token.js";
import { Export } from "../../models/export.js";
import { IdempotencyKey } from "../../models/idempotency-key.js";
import { Invitation } from "../../models/invitation.js";
import { LoginThrottle } from "../../models/login-throttle.js";
import { MailedLink } from "../../models/mailed-link.js";
import { runOnceAbout } from "../../models/outbox/once.js";
import { PendingLogin } from "../../models/pending-login.js";
import { getDeletionDate, type PostsAfterwards } from "../../models/user/deletion.js";
import { abandonedSignUps } from "../../models/user/register/abandoned.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { deleteAvatars } from "../avatar/avatar.js";
import { detachComments } from "../comment/change.js";
import { publish } from "../events/publish.js";
import { followUp } from "../follow-ups.js";
import { createNotMeLinks, type Receiver, toReceiver } from "../mail/recipients.js";
import { eraseEvents } from "../operations/audit-chain/erase.js";
import { detachPosts } from "../post/deletion.js";
import { countLogins, revokeAllAccess } from "../revoke-access.js";
import { endOthers, type Others } from "../session/sessions.js";

/** How long a disabled account waits before it is removed, so that requests in progress can finish. */
const SETTLED_AFTER_MS = 60_000;
const DAYS = 86_400_000;
/**
 * Longer than usernames are reserved, so that a link requested at the end of the first day is still valid for a day.
 */
const SIGN_UP_KEPT_MS = 2 * DAYS;
/** An account with an unconfirmed email is deleted after this time without use. */
const IDLE_MS = 180 * DAYS;

type Planned = { user: Receiver; others: Others; dueAt: Date };

const afterPlanning = followUp<Planned>(
  User,
  "deletion.planned",
  async ({ id, actor, data: { user, others, dueAt } }) => {
    await endOthers(actor, { id: String(id) }, others);
    await record(actor, "deletion.planned", { id: String(id) });
    if (user.isConfirmed) await mail.sendDeletionPlanned(actor, user, dueAt, createNotMeLinks(id, user));
  },
);

/**
 * Schedules the deletion of an account. A deletion that is already scheduled keeps its date. Returns "stale" if the
 * account's access was revoked since it was read.
 * @param plan.here the session and device that stay logged in
 */
export async function scheduleDeletion(
  actor: Actor,
  user: User,
  plan: { posts: PostsAfterwards; here: Others["here"] },
): Promise<Outcome<"done" | "stale" | "last-superadmin">> {
  if (await user.isLastSuperadmin()) return "last-superadmin";
  const dueAt = getDeletionDate();
  const others = { here: plan.here, ended: await countLogins(user, plan.here) };
  const about = { id: user._id, actor, data: { user: toReceiver(user), others, dueAt } };
  if (await afterPlanning.make(about, (entry) => user.scheduleDeletion(plan.posts, dueAt, entry))) return "done";
  const found = await User.findById(user._id).select("deletion").lean();
  return found?.deletion ? "done" : "stale";
}

const noted = (event: "deletion.cancelled" | "deletion.idle") =>
  followUp(User, event, ({ id, actor }) => record(actor, event, { id: String(id) }));
const [afterCancelling, afterIdle] = [noted("deletion.cancelled"), noted("deletion.idle")];

/**
 * Cancels the deletion of an account. Returns false if none is scheduled or if it has already begun.
 * @param dueAt cancels only the deletion at this time
 */
export async function cancelDeletion(actor: Actor, user: User, dueAt?: Date): Promise<boolean> {
  return afterCancelling.make({ id: user._id, actor, data: {} }, (entry) => user.cancelDeletion(entry, dueAt));
}

/**
 * Deletes the accounts that are due in two steps: disables them, and removes those that were disabled a while ago. It
 * also continues deletions that were interrupted by a crash or restart.
 */
export async function deleteDueAccounts(actor: Actor, now = new Date(), stop?: Stop): Promise<void> {
  const act = async (user: User) => {
    const begunAt = user.deletion?.begunAt;
    if (!begunAt) await begin(user, now);
    else if (begunAt.getTime() <= now.getTime() - SETTLED_AFTER_MS) await finish(actor, user, begunAt);
  };
  await actOnEach(User.eachDue(now), act, { stop, what: "deletions of accounts" });
}

/**
 * Deletes a batch of registrations that were neither confirmed within two days nor used, so that their usernames are
 * free again. Returns the number of deleted registrations. If the process crashes, `deleteDueAccounts` removes the
 * rest.
 */
export async function dropAbandonedSignUps(now = new Date()): Promise<number> {
  const ids = await abandonedSignUps.list(new Date(now.getTime() - SIGN_UP_KEPT_MS));
  const begun = ids.length > 0 ? await abandonedSignUps.begin(ids) : [];
  for (const user of await abandonedSignUps.withMore(begun)) await removeAccount(user, "remove");
  await eraseEvents(begun);
  await Promise.all(begun.map(publishDeletion));
  await abandonedSignUps.remove(begun);
  return begun.length;
}

/** Deletes a registration with all its data. Returns false if it was used or confirmed in the meantime. */
export async function dropSignUp(user: User): Promise<boolean> {
  if (!(await user.startSignUpRemoval())) return false;
  await removeAccount(user, "remove");
  return true;
}

/**
 * Schedules the deletion of accounts that were unconfirmed and unused for half a year. A login before that date cancels
 * it.
 */
export async function scheduleIdleDeletions(actor: Actor, now = new Date(), stop?: Stop): Promise<void> {
  const before = new Date(now.getTime() - IDLE_MS);
  const act = async (user: User) => {
    if (await ApiToken.isInUse(user._id, before)) return;
    await afterIdle.make({ id: user._id, actor, data: {} }, (entry) => user.scheduleIdleDeletion(entry));
  };
  await actOnEach(User.eachIdle(before), act, { stop, what: "plans to delete idle accounts" });
}

/** Begins a deletion. The account of the last superadmin is kept until there is another superadmin. */
async function begin(user: User, now: Date): Promise<void> {
  const outcome = await user.startDeletion(now);
  if (outcome === "last-superadmin") log.warn({ event: "deletion.held", user: user.id }, "the last superadmin stays");
}

async function finish(actor: Actor, user: User, begunAt: Date): Promise<void> {
  const posts = user.deletion?.posts === "keep" ? "keep" : "remove";
  await removeAccount(user, posts, () =>
    runOnceAbout({ document: user._id, at: begunAt, what: "deletion.done" }, async () => {
      await record(actor, "deletion.done", null, { posts });
      if (user.emailConfirmedAt) await mail.sendDeletionDone(toReceiver(user), { asAsked: !user.deletion?.imposed });
    }),
  );
}

/**
 * Removes a disabled account with all its data. Every step can run twice. The account itself is removed last, so the
 * removal can start again after a crash.
 * @param tell sends the deletion notice, just before the account is removed
 */
async function removeAccount(user: User, posts: PostsAfterwards, tell = async () => {}): Promise<void> {
  await revokeAllAccess(user);
  await MailedLink.revoke(user._id);
  await PendingLogin.forget(user._id);
  await ApiSession.forget(user._id);
  await ApiToken.forget(user._id);
  await IdempotencyKey.forget(user._id);
  await LoginThrottle.drop(user.id);
  await Export.forget(user._id);
  await deleteAvatars(user._id);
  await detachComments(systemActor, user._id, posts);
  await detachPosts(user._id, posts);
  await Invitation.deleteAcceptedBy(user._id);
  await eraseEvents([user._id]);
  await publishDeletion(user._id);
  await tell();
  await User.deleteOne({ _id: user._id });
}

/** Publishes the deletion under an id that stays the same if the deletion is interrupted and starts again. */
const publishDeletion = (id: User["_id"]) =>
  runOnceAbout({ document: id, at: id.getTimestamp(), what: "user.deleted" }, () =>
    publish("user.deleted", { user: String(id) }),
  );
