import { type Actor, type ActorRecord, withoutPlaceOfOthers } from "../../actor.js";
import { findRefusal } from "../../definitions/account-rules.js";
import type { Refused } from "../../definitions/outcomes.js";
import * as passwords from "../../lib/passwords/hash.js";
import * as mail from "../../mail/index.js";
import { ApiToken } from "../../models/api-token.js";
import { LoginThrottle } from "../../models/login-throttle.js";
import { MailedLink, type ValidLink } from "../../models/mailed-link.js";
import { deriveFormRunId, isToldByWords, runRetryable } from "../../models/outbox/once.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { findRequester, type MailRequester, takeMail } from "../mail/limits.js";
import { releaseAddress } from "./email-release.js";
import { askHook } from "./open.js";

const PURPOSE = "email-confirmation";

type SignUp = Pick<User, "_id" | "username" | "email" | "sessionEpoch"> & { disabledAt?: Date | null };

/**
 * Sends the link that confirms an email. If another account has already confirmed this email, its owner gets a notice
 * instead. A disabled user gets an email that explains why there is no link. All cases take the same work.
 */
export async function mailConfirmation(user: SignUp): Promise<void> {
  const owner = await User.findByEmail(user.email);
  const link = await MailedLink.issue({ purpose: PURPOSE, user, email: user.email });
  if (owner && !owner._id.equals(user._id)) return mail.sendAlreadyRegistered(owner);
  await (user.disabledAt ? mail.sendAccountDisabled(user) : mail.sendEmailConfirmation(user, link));
}

/**
 * Input for the run's id. It includes the epoch: a new epoch makes links invalid, and then the same form requests a new
 * link.
 */
const wordsFor = (email: string, user: Pick<SignUp, "_id" | "sessionEpoch"> | null) =>
  user ? [PURPOSE, email, String(user._id), String(user.sessionEpoch)] : [PURPOSE, email];

/** Calls `mailConfirmation` for a user's request. Does nothing if the email budget is used up. */
async function askForConfirmation(user: SignUp, asker: MailRequester, key?: string): Promise<void> {
  if (!(await takeMail(PURPOSE, user.email, asker))) return;
  const run = await deriveFormRunId(key, wordsFor(user.email, user), isToldByWords);
  await runRetryable(() => mailConfirmation(user), run);
}

/**
 * Sends the confirmation link again. Every case sends one email and takes the same work, so that neither the response
 * nor its time reveals whether the email has an account. Sends nothing if the budget is used up.
 * @param here ids of the accounts registered with this browser; the user probably means one of them
 * @param key the form's idempotency key, if any: a repeated form has no further effect
 */
export async function askAgain(email: string, here: string[], key?: string): Promise<void> {
  if (!(await takeMail(PURPOSE, email, await findRequester(email, here)))) return;
  const [own, newest, owner] = await Promise.all([
    User.findUnconfirmed(email, here),
    User.findNewestUnconfirmed(email),
    User.findByEmail(email),
  ]);
  const user = own ?? newest;
  await runRetryable(
    async () => {
      const about = { purpose: PURPOSE, email } as const;
      const link = user ? await MailedLink.issue({ ...about, user }) : await MailedLink.createDecoy(about);
      if (owner) await mail.sendAlreadyRegistered(owner);
      else if (!user || !link) await mail.sendNoAccount(email);
      else await (user.disabledAt ? mail.sendAccountDisabled(user) : mail.sendEmailConfirmation(user, link));
    },
    await deriveFormRunId(key, wordsFor(email, user), isToldByWords),
  );
}

type Correction = { username: string; before: string; email: string; epoch: number; wasUsed: boolean };
const afterCorrection = followUp<Correction>(User, "email.corrected", async ({ id, actor, data, at }) => {
  const { username, before, email, epoch: sessionEpoch, wasUsed } = data;
  await record(actor, "email.corrected", { id: String(id) });
  await MailedLink.dropOutdated(id, sessionEpoch);
  await ApiToken.forget(id, at);
  const isByAdmin = actor.user !== null && actor.user.id !== String(id);
  const receiver = { username, email: before };
  if (wasUsed && before)
    await mail.sendEmailConfirmationCorrected(withoutPlaceOfOthers(actor, id), receiver, { isByAdmin });
  const own = { own: String(id) };
  if (await takeMail(PURPOSE, email, own)) await mailConfirmation({ _id: id, username, email, sessionEpoch });
});

/**
 * Corrects the email of a registration and sends the link to the new email. Links sent to the previous email become
 * invalid. Sessions, tokens, remembered browsers and roles end.
 * @returns the updated registration; the refusal of the email by a rule; null if it was confirmed in the meantime or belongs to the last superadmin
 */
export async function correctAddress(
  actor: Actor,
  user: User,
  email: string,
  key?: string,
): Promise<User | Refused | null> {
  if (email === user.email) {
    await askForConfirmation(user, { own: user.id }, key);
    return user;
  }
  const newcomer = { username: user.username, email, profile: user.profile ?? {} };
  const refused = findRefusal({ email }) ?? (await askHook(actor, newcomer));
  if (refused) return refused;
  const sessionEpoch = user.sessionEpoch + 1;
  const run = await deriveFormRunId(key, wordsFor(email, { _id: user._id, sessionEpoch }), isToldByWords);
  const { entry, finish } = planCorrection(actor, user, email, run);
  if ((await user.correctEmail(email, { entry })) !== "done") return null;
  await finish();
  return Object.assign(user, { email, sessionEpoch }); // not read again: the response must not fail after the change
}

type Corrected = Pick<User, "_id" | "username" | "email" | "sessionEpoch"> & { lastLoginAt?: Date | null | undefined };

/** Prepares the steps after a correction, for a write that changes more of the account. */
export function planCorrection(
  actor: Actor,
  { _id, username, email: before, sessionEpoch, lastLoginAt }: Corrected,
  email: string,
  run?: User["_id"],
) {
  const data = { username, before, email, epoch: sessionEpoch + 1, wasUsed: Boolean(lastLoginAt) };
  const entry = afterCorrection.entry(actor, data, run);
  return { entry, finish: () => afterCorrection.finish(_id, entry) };
}

type Confirmation = { email: string; link: string | null; epoch: number; isNewPassword: boolean };
const afterConfirmation = followUp<Confirmation>(User, "email.confirmed", async ({ id, actor, data, at }) => {
  await record(actor, "email.confirmed", { id: String(id) });
  if (data.isNewPassword) await noteNewPassword(actor, String(id));
  await ApiToken.forget(id, at);
  await (await User.findById(id))?.cancelIdleDeletion();
  if (data.link) await MailedLink.noteUse(data.link);
  await MailedLink.dropOutdated(id, data.epoch);
  await releaseAddress(data.email);
});

async function noteNewPassword(actor: ActorRecord, id: string): Promise<void> {
  await record(actor, "password.reset", { id });
  await LoginThrottle.forget(id);
}

/**
 * Confirms an email through a link, which works once. All earlier sessions, tokens, remembered browsers and other links
 * of the registration end. If someone other than the owner of the email registered the account, they lose all access.
 * @param newPassword set if the user opened the link without proving the password or passkey of the registration; then
 * the passkeys are removed
 * @returns the account, for the login; null if the link was already used, or if the email now belongs to another
 * account
 * @throws Overloaded
 */
export async function confirmEmail(
  actor: Actor,
  { user, email, link }: ValidLink,
  newPassword?: string,
): Promise<User | null> {
  const passwordHash = newPassword === undefined ? undefined : await passwords.hash(newPassword);
  const epoch = user.sessionEpoch + 1;
  const isNewPassword = passwordHash !== undefined;
  const entry = afterConfirmation.entry(actor, { email, link: String(link), epoch, isNewPassword });
  if ((await user.confirmEmail(email, { entry, link, passwordHash })) !== "done") return null;
  await afterConfirmation.finish(user._id, entry);
  // Not read again: the response must not fail now, and a later end of all sessions must end this one too.
  if (isNewPassword) user.set({ passkeys: [], authenticator: null });
  return Object.assign(user, { emailConfirmedAt: new Date(), sessionEpoch: epoch });
}
