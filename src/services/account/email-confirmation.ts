import type { Actor, ActorRecord } from "../../actor.js";
import * as passwords from "../../lib/passwords/hash.js";
import * as mail from "../../mail/index.js";
import { ApiToken } from "../../models/api-token.js";
import { LoginThrottle } from "../../models/login-throttle.js";
import { MailedLink, type ValidLink } from "../../models/mailed-link.js";
import { deriveFormRunId, isToldByWords, runRetryable } from "../../models/outbox/once.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { findRequester, type MailRequester, takeMail } from "../mail-limits.js";
import { releaseAddress } from "./email-release.js";

const PURPOSE = "email-confirmation";

type SignUp = Pick<User, "_id" | "username" | "email" | "sessionEpoch"> & { disabledAt?: Date | null };

/**
 * Mails the link that proves an address; the user who has an account with it already is told that instead, and somebody who is
 * disabled why no link comes. The same is done for all.
 */
export async function mailConfirmation(user: SignUp): Promise<void> {
  const owner = await User.findByEmail(user.email);
  const link = await MailedLink.issue({ purpose: PURPOSE, user, email: user.email });
  if (owner && !owner._id.equals(user._id)) return mail.sendAlreadyRegistered(owner);
  await (user.disabledAt ? mail.sendAccountDisabled(user) : mail.sendEmailConfirmation(user, link));
}

/** Links die with the epoch: when it changes, a form that asked for one asks for another. */
const wordsFor = (email: string, user: Pick<SignUp, "_id" | "sessionEpoch"> | null) =>
  user ? [PURPOSE, email, String(user._id), String(user.sessionEpoch)] : [PURPOSE, email];

/** The same, asked for by a request; nothing is done when the budget is used up. */
async function askForConfirmation(user: SignUp, asker: MailRequester, key?: string): Promise<void> {
  if (!(await takeMail(PURPOSE, user.email, asker))) return;
  const run = await deriveFormRunId(key, wordsFor(user.email, user), isToldByWords);
  await runRetryable(() => mailConfirmation(user), run);
}

/**
 * Mails the link once more to the user who signed up with this address. One mail goes out in any case, and the same is done, so
 * that the answer tells nothing, nor its time; none when the budget is used up.
 * @param here the ids of the accounts that this browser has signed up with: one of them is likely meant
 * @param key of the form, if it has one: sent twice, it asks once
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
  await ApiToken.revokeAll(id, at);
  if (wasUsed && before) await mail.sendEmailConfirmationCorrected(actor, { username, email: before });
  const own = { own: String(id) };
  if (await takeMail(PURPOSE, email, own)) await mailConfirmation({ _id: id, username, email, sessionEpoch });
});

/**
 * Corrects the address of a sign-up and mails the link there. Links to the one before are void with it; sessions, tokens, remembered
 * browsers and roles end.
 * @returns the sign-up as it is then; null when it was confirmed meanwhile, or is the last superadmin's
 */
export async function correctAddress(actor: Actor, user: User, email: string, key?: string): Promise<User | null> {
  if (email === user.email) {
    await askForConfirmation(user, { own: user.id }, key);
    return user;
  }
  const { username, email: before } = user;
  const data = { username, before, email, epoch: user.sessionEpoch + 1, wasUsed: Boolean(user.lastLoginAt) };
  const run = await deriveFormRunId(key, wordsFor(email, { _id: user._id, sessionEpoch: data.epoch }), isToldByWords);
  const entry = afterCorrection.entry(actor, data, run);
  if ((await user.correctEmail(email, { entry })) !== "done") return null;
  await afterCorrection.finish(user._id, entry);
  return Object.assign(user, { email, sessionEpoch: data.epoch }); // not read again: the answer must not fail any more
}

type Confirmation = { email: string; link: string | null; epoch: number; isNewPassword: boolean };
const afterConfirmation = followUp<Confirmation>(User, "email.confirmed", async ({ id, actor, data, at }) => {
  await record(actor, "email.confirmed", { id: String(id) });
  if (data.isNewPassword) await noteNewPassword(actor, String(id));
  await ApiToken.revokeAll(id, at);
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
 * Confirms an address by a mailed link, once. All that was begun before with this sign-up ends: sessions, tokens, remembered browsers,
 * other links; so that nothing is left of who made it, if that was not the owner of the address.
 * @param newPassword chosen by who opened the link and does not know the password of the sign-up
 * @returns the account, to log in to; null when the link did its work before, or the address belongs to another account already
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
  // Not read again: the answer must not fail any more, and something that ended all sessions since ends this one too.
  return Object.assign(user, { emailConfirmedAt: new Date(), sessionEpoch: epoch });
}
