import type { Types } from "mongoose";
import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import type { FactorRecoveryState } from "../../definitions/factors/recovery.js";
import { isAdmin } from "../../definitions/roles.js";
import { Forbidden } from "../../errors.js";
import type { LinkFor } from "../../mail/index.js";
import * as mail from "../../mail/index.js";
import { MailedLink } from "../../models/mailed-link.js";
import { deriveFormRunId, isToldByWords } from "../../models/outbox/once.js";
import { getExpiry } from "../../models/user/credentials/factor-recovery.js";
import { findFactorRecovery, User } from "../../models/user.js";
import { mayConfirmFactorRecovery } from "../../policies/users.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { findRequester, takeMail } from "../mail/limits.js";
import { createNotMeLinks, type Receiver, toReceiver } from "../mail/recipients.js";

// The way back for users who have lost every second factor (docs/decisions/0046-lost-factor.md):
//
//   the right password        askForFactorRecovery       one email with a link
//   the link in the email     startFactorRecovery        the waiting period begins; all addresses and devices are
//                                                       informed
//   owner or lost factor      cancelFactorRecovery       during the waiting period and after it
//   another admin             confirmFactorRecovery      only if the user has permissions
//   after that, the           finishFactorRecovery       all factors are removed
//   right password

type Told = { user: Receiver };

/** Follow-ups that an earlier version stored have no `needsAdmin`. */
type Waiting = Told & { needsAdmin?: boolean };

const afterAsking = followUp<Waiting>(User, "factor-recovery.asked", async ({ id, actor, data }) => {
  const { user, needsAdmin } = data;
  await record(actor, "factor-recovery.asked", { id: String(id) });
  const links = { start: createStartLinks(id, user), notMe: createNotMeLinks(id, user) };
  await mail.sendFactorRecovery(actor, user, { needsAdmin }, links);
});

/** Creates links that start a recovery. One that is sent to another address of the user keeps the others valid. */
const createStartLinks =
  (id: Types.ObjectId, { sessionEpoch }: Receiver): LinkFor =>
  (email) =>
    MailedLink.issue({ purpose: "factor-recovery", user: { _id: id, sessionEpoch }, email, beside: true });

/**
 * Sends the link that starts a recovery, to a user who has proved the password. Sends nothing if the budget of the
 * address is used up, if a recovery has already started, or if no address is confirmed.
 * @param here ids of the accounts that logged in or registered with this browser
 * @param key the form's idempotency key, if any: a repeated form has no further effect
 */
export async function askForFactorRecovery(actor: Actor, user: User, here: string[], key?: string): Promise<void> {
  if (findFactorRecovery(user) || !user.emailConfirmedAt) return;
  if (!(await takeMail("factor-recovery", user.email, await findRequester(user.email, here)))) return;
  const run = await deriveFormRunId(key, ["factor-recovery", user.id, String(user.sessionEpoch)], isToldByWords);
  const data = { user: toReceiver(user), needsAdmin: isAdmin(user.roles) };
  await afterAsking.leave({ id: user._id, actor, data, run }, (entry) => user.addFollowUp(entry));
}

type Started = Waiting & { dueAt: Date; link: string };

const afterStart = followUp<Started>(User, "factor-recovery.started", async ({ id, actor, data }) => {
  const { user, dueAt, needsAdmin, link } = data;
  await MailedLink.noteUse(link);
  await record(actor, "factor-recovery.started", { id: String(id) }, { dueAt: dueAt.toISOString() });
  await mail.sendFactorRecoveryStarted(actor, user, { dueAt, needsAdmin }, createCancelLinks(id, user, dueAt));
});

/** Creates links that cancel the recovery until it expires. */
const createCancelLinks =
  (id: Types.ObjectId, { sessionEpoch }: Receiver, dueAt: Date): LinkFor =>
  (email) => {
    const lifetimeMs = getExpiry(dueAt).getTime() - Date.now();
    return MailedLink.issue({ purpose: "factor-recovery-cancel", user: { _id: id, sessionEpoch }, email, lifetimeMs });
  };

/**
 * Starts a recovery through the link in the email. The link works once, and does nothing if a recovery has started.
 * @returns the account, or null if the link is invalid
 */
export async function startFactorRecovery(actor: Actor, secret: string): Promise<User | null> {
  const grant = await MailedLink.find(secret, "factor-recovery");
  if (grant) {
    const { user, link } = grant;
    const dueAt = new Date(Date.now() + config.recoveryWaitMs);
    const entry = afterStart.entry(actor, {
      user: toReceiver(user),
      dueAt,
      needsAdmin: isAdmin(user.roles),
      link: String(link),
    });
    if (await user.startFactorRecovery(dueAt, { entry, link })) await afterStart.finish(user._id, entry);
  }
  return findByStartLink(secret);
}

/** Finds the account of a link that starts a recovery, or that has started one. Returns null if the link is invalid. */
export async function findByStartLink(secret: string): Promise<User | null> {
  const found = await MailedLink.find(secret, "factor-recovery");
  return (found ?? (await MailedLink.findUsed(secret, "factor-recovery")))?.user ?? null;
}

/** How a recovery was cancelled: by the owner's press of a button, or by a proof of a factor that is not lost after all. */
type Cancelling = { by: "button" | "factor"; link?: Types.ObjectId };
type Cancelled = Told & { isByFactor: boolean; link: string | null };

const afterCancelling = followUp<Cancelled>(User, "factor-recovery.cancelled", async ({ id, actor, data }) => {
  const { user, isByFactor, link } = data;
  await MailedLink.revoke(id, "factor-recovery"); // also those that nobody has opened yet
  if (link) await MailedLink.noteUse(link);
  await record(actor, "factor-recovery.cancelled", { id: String(id) });
  await mail.sendFactorRecoveryCancelled(actor, user, isByFactor, createNotMeLinks(id, user));
});

/** Cancels the recovery of an account and invalidates the links that start one. Returns false if there is none. */
export async function cancelFactorRecovery(actor: Actor, user: User, { by, link }: Cancelling): Promise<boolean> {
  if (!findFactorRecovery(user)) return false;
  const data = { user: toReceiver(user), isByFactor: by === "factor", link: link ? String(link) : null };
  return afterCancelling.make({ id: user._id, actor, data }, (entry) => user.cancelFactorRecovery({ entry, link }));
}

/** Cancels the recovery through the link in the email about it. Returns null if the link is invalid. */
export async function cancelByLink(actor: Actor, secret: string): Promise<{ user: User; isDone: boolean } | null> {
  const grant = await MailedLink.find(secret, "factor-recovery-cancel");
  if (!grant) {
    const used = await MailedLink.findUsed(secret, "factor-recovery-cancel");
    return used && { user: used.user, isDone: false };
  }
  const { user, link } = grant;
  return { user, isDone: await cancelFactorRecovery(actor, user, { by: "button", link }) };
}

const afterConfirming = followUp<object>(User, "factor-recovery.confirmed", async ({ id, actor }) => {
  await record(actor, "factor-recovery.confirmed", { id: String(id) });
});

/**
 * Confirms the recovery of a user with permissions, after the admin has made sure that it is them.
 * @returns false if there is nothing to confirm
 * @throws Forbidden
 */
export async function confirmFactorRecovery(actor: Actor, user: User): Promise<boolean> {
  if (!mayConfirmFactorRecovery(actor, user)) throw new Forbidden();
  return afterConfirming.make({ id: user._id, actor, data: {} }, (entry) => user.confirmFactorRecovery(entry));
}

const afterFinishing = followUp<Told>(User, "factor-recovery.finished", async ({ id, actor, data: { user } }) => {
  await record(actor, "factor-recovery.finished", { id: String(id) });
  await mail.sendFactorRecoveryFinished(actor, user, createNotMeLinks(id, user));
});

/**
 * Removes all factors of a user who has proved the password, after the waiting period. Ends all sessions; nobody is
 * logged in yet.
 * @returns the account without factors, or null if the recovery is not due or was cancelled
 */
export async function finishFactorRecovery(actor: Actor, user: User): Promise<User | null> {
  const about = { id: user._id, actor, data: { user: toReceiver(user, 1) } };
  const isDone = await afterFinishing.make(about, (entry) => user.finishFactorRecovery(entry));
  return isDone ? User.findById(user._id).orFail() : null;
}

/** Returns how far the recovery of an account is, whether another admin must still confirm it, and when it is due and expires. */
export function describeFactorRecovery(user: User) {
  const recovery = findFactorRecovery(user);
  if (!recovery) return { state: getStateBefore(user), needsAdmin: isAdmin(user.roles), dueAt: null, expiresAt: null };
  const { dueAt, expiresAt, needsAdmin } = recovery;
  return { state: getStateAfter(dueAt, needsAdmin), needsAdmin, dueAt, expiresAt };
}

const getStateBefore = (user: User): FactorRecoveryState => (user.emailConfirmedAt ? "none" : "no-address");

function getStateAfter(dueAt: Date, needsAdmin: boolean): FactorRecoveryState {
  if (dueAt > new Date()) return "waiting";
  return needsAdmin ? "unconfirmed" : "due";
}
