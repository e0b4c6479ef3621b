import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { Forbidden } from "../../errors.js";
import * as mail from "../../mail/index.js";
import { ApiToken } from "../../models/api-token.js";
import { AuditEvent } from "../../models/audit-event.js";
import { MailedLink } from "../../models/mailed-link.js";
import { deriveFormRunId, getEventId, type IsUndone, isToldByWords, runRetryable } from "../../models/outbox/once.js";
import { User } from "../../models/user.js";
import { mayActOn } from "../../policies/users.js";
import { mailConfirmation } from "../account/email-confirmation.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { demandMail } from "../mail/limits.js";
import { type Receiver, toReceiver } from "../mail/recipients.js";
import { countLogins, hasRevoked, revokeAccessUntil } from "../revoke-access.js";

/** "disabled": a link would not give access. "no-email": the email given here was confirmed by another account. */
export type ResetOutcome = Outcome<"done" | "disabled" | "no-email">;
export type ConfirmationOutcome = ResetOutcome | Outcome<"confirmed">;
export type EndOutcome = Outcome<"done" | "unchanged">;

/** Returns the reason why no link can be sent to a user, or null. */
const obstacle = ({ disabledAt, email }: User): Outcome<"disabled" | "no-email"> | null =>
  disabledAt ? "disabled" : email === "" ? "no-email" : null;

type About = { user: Receiver };
const receiving = (actor: Actor, user: User) => ({ id: user._id, actor, data: { user: toReceiver(user) } });

const afterOffer = followUp<About>(User, "password.reset-offered", async ({ id, actor, data: { user } }) => {
  const { email, sessionEpoch } = user;
  const link = await MailedLink.issue({ purpose: "password-reset", user: { _id: id, sessionEpoch }, email });
  await record(actor, "password.reset-offered", { id: String(id) });
  await mail.sendPasswordResetOffered(user, link);
});

type Ended = { sessions: string; tokens: string };

const afterEnding = followUp<Ended>(User, "session.ended-by-us", async ({ id, actor, data, at }) => {
  await revokeAccessUntil(id, at);
  await record(actor, "session.ended-by-us", { id: String(id) }, data);
});

/**
 * Ends all sessions, remembered browsers and API tokens of a user, and makes mailed links invalid.
 * @param key the form's idempotency key, if any: a repeated form has no further effect
 * @returns "unchanged" if there was nothing to end
 * @throws Forbidden
 */
export async function endUserSessions(actor: Actor, user: User, key?: string): Promise<EndOutcome> {
  mustHelp(actor, user);
  const run = await deriveFormRunId(key, ["end-sessions", actor.user?.id ?? "", user.id], isAnyBack(user));
  const { sessions, devices, tokens } = await countAccess(user);
  const data = { sessions: String(sessions), tokens: String(tokens) };
  if (!hasRevoked({ sessions, devices, tokens })) {
    await user.endSessions();
    return "unchanged";
  }
  await afterEnding.leave({ id: user._id, actor, data, run }, (entry) => user.endSessions({ entry }));
  return "done";
}

async function countAccess(user: User) {
  const [logins, tokens] = await Promise.all([countLogins(user), ApiToken.countDocuments({ user: user._id })]);
  return { ...logins, tokens };
}

/**
 * Returns true if this form already ended everything and the user has logged in again since. The event is written last.
 */
const isAnyBack =
  (user: User): IsUndone =>
  async (run) =>
    (await AuditEvent.isWritten(getEventId(run))) && hasRevoked(await countAccess(user));

/** Sends a user a password reset link. @param key the form's idempotency key @throws Forbidden */
export async function sendReset(actor: Actor, user: User, key?: string): Promise<ResetOutcome> {
  mustHelp(actor, user);
  const inTheWay = obstacle(user);
  if (inTheWay) return inTheWay;
  const run = await runFor("send-reset", actor, user, key);
  await afterOffer.leave({ ...receiving(actor, user), run }, (entry) => user.addFollowUp(entry));
  return "done";
}

/**
 * Creates a password reset link for an admin to pass on. Returns null if it would not give access.
 * @throws Forbidden
 */
export async function makeResetLink(actor: Actor, user: User): Promise<string | null> {
  mustHelp(actor, user);
  if (obstacle(user)) return null;
  const link = await runRetryable(async () => {
    const id = await MailedLink.issue({ purpose: "password-reset", user, email: user.email });
    await record(actor, "password.reset-offered", user);
    return MailedLink.revealForMail(id);
  });
  if (!link) return null;
  return `${config.baseUrl.origin}/password-reset/${link.secret}`;
}

const afterConfirmationOffer = followUp<About>(
  User,
  "email.confirmation-offered",
  async ({ id, actor, data: { user } }) => {
    await record(actor, "email.confirmation-offered", { id: String(id) });
    await mailConfirmation({ ...user, _id: id });
  },
);

/**
 * Sends the confirmation link to a user again.
 * @param key the form's idempotency key, if any: a repeated form has no further effect
 * @throws Forbidden, TooManyRequests
 */
export async function sendConfirmation(actor: Actor, user: User, key?: string): Promise<ConfirmationOutcome> {
  mustHelp(actor, user);
  const inTheWay = obstacle(user);
  if (inTheWay) return inTheWay;
  if (user.emailConfirmedAt) return "confirmed";
  await demandMail("email-confirmation", user.email, askerAs(actor));
  const run = await runFor("send-confirmation", actor, user, key);
  await afterConfirmationOffer.leave({ ...receiving(actor, user), run }, (entry) => user.addFollowUp(entry));
  return "done";
}

/** Includes the epoch: a new epoch makes links invalid, and then the same button sends a new link. */
const runFor = (what: string, actor: Actor, user: User, key?: string) =>
  deriveFormRunId(key, [what, actor.user?.id ?? "", user.id, user.email, String(user.sessionEpoch)], isToldByWords);

const askerAs = (actor: Actor) => ({ own: actor.user?.id ?? actor.via });

function mustHelp(actor: Actor, user: User): void {
  if (!mayActOn(actor, "users.help", user)) throw new Forbidden();
}
