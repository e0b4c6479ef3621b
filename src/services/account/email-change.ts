import { type Actor, withoutPlaceOfOthers } from "../../actor.js";
import { findRefusal } from "../../definitions/account-rules.js";
import { isTaken, type Outcome, type Refused, type Taken } from "../../definitions/outcomes.js";
import * as mail from "../../mail/index.js";
import { ApiToken } from "../../models/api-token.js";
import { AuditEvent } from "../../models/audit-event.js";
import { MailedLink, type ValidLink } from "../../models/mailed-link.js";
import { deriveFormRunId, getEventId, type IsUndone } from "../../models/outbox/once.js";
import type { EmailOutcome } from "../../models/user/email/email.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { takeMail } from "../mail/limits.js";
import { createNotMeLinks } from "../mail/recipients.js";
import { releaseAddress } from "./email-release.js";

type Wish = {
  username: string;
  before: string;
  recoveryEmail: string | null | undefined;
  email: string;
  epoch: number;
};
const afterWish = followUp<Wish>(User, "email.change-asked", async ({ id, actor, data }) => {
  const { username, before, recoveryEmail, email, epoch: sessionEpoch } = data;
  const user = { _id: id, username, email: before, recoveryEmail, sessionEpoch };
  const owner = await User.findByEmail(email);
  const confirm = await MailedLink.issue({ purpose: "email-change", user, email });
  const undo = (to: string) => MailedLink.issue({ purpose: "email-undo", user, email: to });
  await record(actor, "email.change-asked", { id: String(id) });
  await mail.sendEmailUndo(withoutPlaceOfOthers(actor, id), user, undo);
  await (owner ? mail.sendAlreadyRegistered(owner) : mail.sendEmailChange(user, email, confirm));
});

/**
 * Requests a change of email. Sends a confirmation link to the new email and a link that undoes the change to each
 * current one. If the new email already has an account, everything is the same except the text of that email, which
 * only its owner can read. Does nothing if the email budget is used up.
 */
export async function askForEmailChange(
  actor: Actor,
  user: User,
  email: string,
  key?: string,
): Promise<Refused | Outcome<"done">> {
  const refused = findRefusal({ email });
  if (refused) return refused;
  if (!(await takeMail("email-change", email, { own: user.id }))) return "done";
  const run = await deriveFormRunId(key, [user.id, email, String(user.sessionEpoch)], isDropped(user, email));
  await startEmailChange(actor, user, email, run);
  return "done";
}

/** The same without a budget. @param run the id of a form's request */
async function startEmailChange(actor: Actor, user: User, email: string, run?: User["_id"]): Promise<void> {
  const { entry, finish } = planEmailChange(actor, user, email, run);
  if (await user.addFollowUp(entry)) await finish();
}

type Asking = Pick<User, "_id" | "username" | "email" | "sessionEpoch"> & {
  recoveryEmail?: User["recoveryEmail"] | undefined;
};

/** Prepares the links and emails of a change, for a write that changes more of the account. */
export function planEmailChange(
  actor: Actor,
  { _id, username, email: before, sessionEpoch: epoch, recoveryEmail }: Asking,
  email: string,
  run?: User["_id"],
) {
  const data = { username, before, recoveryEmail: recoveryEmail?.address, email, epoch };
  const entry = afterWish.entry(actor, data, run);
  return { entry, finish: () => afterWish.finish(_id, entry) };
}

/** Returns true if the request was cancelled or replaced since. The event is written after the link. */
const isDropped =
  (user: User, email: string): IsUndone =>
  async (run) =>
    (await AuditEvent.isWritten(getEventId(run))) &&
    !(await MailedLink.isPendingFrom(run, user, { purpose: "email-change", email }));

/**
 * Declares the cancelling of a pending address. The link is deleted after the event is recorded: while it exists, an interrupted
 * follow-up has not finished, and of two requests that come at once, the second has nothing to do.
 */
export function declareCancelling(
  purpose: "email-change" | "recovery-email",
  event: "email.change-cancelled" | "recovery-email.cancelled",
) {
  const afterCancelling = followUp<{ link: string }>(User, event, async ({ id, actor, data: { link } }) => {
    if (!(await MailedLink.isUnused(link))) return;
    await record(actor, event, { id: String(id) });
    await MailedLink.deleteUnused(link);
  });
  /** Cancels the pending address (this one). Returns false if there is none. */
  return async (actor: Actor, user: User, email?: string): Promise<boolean> => {
    const pending = await MailedLink.findPendingLink(user, purpose);
    if (!pending || (email !== undefined && email !== pending.email)) return false;
    const { link } = pending;
    return afterCancelling.make({ id: user._id, actor, data: { link } }, (entry) =>
      user.addFollowUp(entry, { "data.link": link }),
    );
  };
}

/** Cancels a pending change of email (to this address). The address never changed, so nothing is published. */
export const cancelEmailChange = declareCancelling("email-change", "email.change-cancelled");

/** Result of opening a link. `user` is in its current state. */
export type EmailLinkResult = { outcome: Outcome<"done" | "used"> | Taken; user: User; email: string };

type Changed = Wish & { link: string };
const afterChange = followUp<Changed>(User, "email.changed", async ({ id, actor, data, at }) => {
  const { username, before, recoveryEmail, email, epoch: sessionEpoch, link } = data;
  await record(actor, "email.changed", { id: String(id) });
  const receiver = { username, email: before, recoveryEmail: recoveryEmail === email ? null : recoveryEmail };
  await mail.sendEmailChanged(actor, receiver, createNotMeLinks(id, { sessionEpoch }));
  await ApiToken.revokeAll(id, at);
  await MailedLink.noteUse(link);
  await MailedLink.dropOutdated(id, sessionEpoch);
  await releaseAddress(email);
});

/**
 * Changes the email through the link that was sent to the new one. The link works once. Ends all sessions and API
 * tokens and notifies the previous email and the recovery email.
 * @returns null if the link is invalid; nothing changes unless the outcome is "done"
 */
export async function confirmEmailChange(actor: Actor, secret: string): Promise<EmailLinkResult | null> {
  const grant = await MailedLink.find(secret, "email-change");
  const outcome = grant && (await change(actor, grant));
  if (outcome === "done")
    return { outcome, user: await User.findById(grant?.user._id).orFail(), email: grant?.email ?? "" };
  if (grant && isTaken(outcome)) return { outcome, user: grant.user, email: grant.email };
  return findRepeated(secret, "email-change");
}

async function change(actor: Actor, { user, email, link }: ValidLink): Promise<EmailOutcome> {
  const { username, email: before } = user;
  const epoch = user.sessionEpoch + 1;
  const recoveryEmail = user.recoveryEmail?.address;
  const data = { username, before, recoveryEmail, email, epoch, link: String(link) };
  const entry = afterChange.entry(actor, data);
  const outcome = await user.changeEmail(email, { entry, link });
  if (outcome === "done") await afterChange.finish(user._id, entry);
  return outcome;
}

/** Returns the result of an earlier use of the same link, or null. */
export async function findRepeated(
  secret: string,
  purpose: "email-change" | "email-undo",
): Promise<EmailLinkResult | null> {
  const used = await MailedLink.findUsed(secret, purpose);
  return used && { outcome: "used", user: used.user, email: used.user.email };
}
