import type { Actor } from "../../actor.js";
import { findRefusal } from "../../definitions/account-rules.js";
import { isTaken, type Outcome, type Refused } from "../../definitions/outcomes.js";
import * as mail from "../../mail/index.js";
import { AuditEvent } from "../../models/audit-event.js";
import { MailedLink, type ValidLink } from "../../models/mailed-link.js";
import { createRunId, deriveFormRunId, getEventId, type IsUndone } from "../../models/outbox/once.js";
import type { EmailOutcome } from "../../models/user/email/email.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { takeMail } from "../mail/limits.js";
import { createNotMeLinks, type Receiver, toReceiver } from "../mail/recipients.js";
import { declareCancelling, type EmailLinkResult } from "./email-change.js";

const PURPOSE = "recovery-email";

type Wish = { username: string; email: string; epoch: number };
const afterWish = followUp<Wish>(User, "recovery-email.asked", async ({ id, actor, data }) => {
  const { username, email, epoch: sessionEpoch } = data;
  const link = await MailedLink.issue({ purpose: PURPOSE, user: { _id: id, sessionEpoch }, email });
  await record(actor, "recovery-email.asked", { id: String(id) });
  await mail.sendRecoveryEmail({ username }, email, link);
});

/**
 * Requests a recovery email: sends a confirmation link to it. Everything is the same if the email belongs to another
 * account; only the owner of its mailbox can confirm it (docs/decisions/0044-second-address.md). Does nothing if the email
 * budget is used up.
 * @returns "exists" if the account already has a recovery email
 */
export async function askForRecoveryEmail(
  actor: Actor,
  user: User,
  email: string,
  key?: string,
): Promise<Refused | Outcome<"done" | "exists">> {
  if (user.recoveryEmail) return "exists";
  const refused = findRefusal({ email });
  if (refused) return refused;
  const words = [PURPOSE, user.id, email, String(user.sessionEpoch)];
  await sendLink(actor, user, email, () => deriveFormRunId(key, words, isDropped(user, email)));
  return "done";
}

/** Sends the link to the pending recovery email again. Returns that email, or null if none is pending. */
export async function resendRecoveryEmail(actor: Actor, user: User): Promise<string | null> {
  const email = await MailedLink.pendingEmail(user, PURPOSE);
  if (email) await sendLink(actor, user, email, async () => createRunId());
  return email;
}

async function sendLink(actor: Actor, user: User, email: string, chooseRun: () => Promise<User["_id"]>): Promise<void> {
  if (!(await takeMail(PURPOSE, email, { own: user.id }))) return;
  const { username, sessionEpoch: epoch } = user;
  const entry = afterWish.entry(actor, { username, email, epoch }, await chooseRun());
  if (await user.addFollowUp(entry)) await afterWish.finish(user._id, entry);
}

/** Returns true if the request was cancelled, replaced or confirmed since. The event is written after the link. */
const isDropped =
  (user: User, email: string): IsUndone =>
  async (run) =>
    (await AuditEvent.isWritten(getEventId(run))) &&
    !(await MailedLink.isPendingFrom(run, user, { purpose: PURPOSE, email }));

/** Cancels the pending recovery email (this one). Returns false if there is none. */
export const cancelRecoveryEmail = declareCancelling(PURPOSE, "recovery-email.cancelled");

type Added = { user: Receiver; link: string };
const afterAdding = followUp<Added>(User, "recovery-email.confirmed", async ({ id, actor, data: { user, link } }) => {
  await record(actor, "recovery-email.confirmed", { id: String(id) });
  await mail.sendRecoveryEmailAdded(actor, user, await createNotMeLinks(id, user)(user.email));
  await MailedLink.noteUse(link);
});

/**
 * Adds a recovery email through the link that was sent to it, which works once. Notifies the primary email. Ends no
 * session: nobody gets or loses access to the account by it.
 * @returns null if the link is invalid; nothing changes unless the outcome is "done"
 */
export async function confirmRecoveryEmail(actor: Actor, secret: string): Promise<EmailLinkResult | null> {
  const grant = await MailedLink.find(secret, PURPOSE);
  const outcome = grant && (await add(actor, grant));
  if (grant && (outcome === "done" || isTaken(outcome))) return { outcome, user: grant.user, email: grant.email };
  const used = await MailedLink.findUsed(secret, PURPOSE);
  return used && { outcome: "used", user: used.user, email: used.email };
}

async function add(actor: Actor, { user, email, link }: ValidLink): Promise<EmailOutcome> {
  const about = { id: user._id, actor, data: { user: toReceiver(user), link: String(link) } };
  return afterAdding.make(about, (entry) => user.addRecoveryEmail(email, { entry, link }));
}

const afterRemoving = followUp<{ user: Receiver }>(
  User,
  "recovery-email.removed",
  async ({ id, actor, data: { user } }) => {
    await record(actor, "recovery-email.removed", { id: String(id) });
    await mail.sendRecoveryEmailRemoved(actor, user, createNotMeLinks(id, user));
  },
);

/**
 * Removes the recovery email (this one) and notifies both addresses. For some time, a link in those emails can restore it.
 * Returns false if there is none.
 */
export async function removeRecoveryEmail(actor: Actor, user: User, email?: string): Promise<boolean> {
  const address = user.recoveryEmail?.address;
  if (!address || (email !== undefined && email !== address)) return false;
  const about = { id: user._id, actor, data: { user: toReceiver(user) } };
  return (await afterRemoving.make(about, (entry) => user.removeRecoveryEmail(address, { entry }))) === "done";
}
