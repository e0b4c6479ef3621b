import type { Actor } from "../actor.js";
import * as mail from "../mail/index.js";
import { Token } from "../models/token.js";
import { User } from "../models/user.js";
import { record } from "./audit.js";
import { dropSignUp } from "./deletion.js";
import { type Asker, askerOf, type MailForm, takeMail } from "./mail-budget.js";

/**
 * Mails the link that proves an address; whoever has an account with it already is told that instead, and somebody who is
 * disabled why no link comes. The same is done for all; nothing when the budget is used up.
 */
export async function askForConfirmation(user: User, form: MailForm, asker: Asker): Promise<void> {
  if (await takeMail(form, user.email, asker)) await mailConfirmation(user);
}

/** The same without counting it. */
export async function mailConfirmation(user: User): Promise<void> {
  const owner = await User.findByEmail(user.email);
  const link = await Token.issue({ purpose: "email-confirmation", user, email: user.email });
  if (owner) return mail.alreadyRegistered(owner);
  await (user.disabledAt ? mail.accountDisabled(user) : mail.confirmEmail(user, link));
}

/**
 * Mails the link once more to whoever signed up with this address. One mail goes out in any case, and the same is done, so
 * that the answer tells nothing, nor its time.
 * @param here the ids of the accounts that this browser has signed up with: one of them is likely meant
 */
export async function askAgain(email: string, here: string[]): Promise<void> {
  if (!(await takeMail("email-confirmation", email, await askerOf(email, here)))) return;
  const user = (await User.findUnconfirmed(email, here)) ?? (await User.findUnconfirmed(email));
  if (user) return mailConfirmation(user);
  const owner = await User.findByEmail(email);
  await Token.feign({ purpose: "email-confirmation", email });
  await (owner ? mail.alreadyRegistered(owner) : mail.noAccount(email));
}

/** Corrects the address of a sign-up and mails the link there; links to the one before are void with it. */
export async function correctAddress(user: User, email: string): Promise<void> {
  if (email !== user.email && !(await user.correctEmail(email))) return;
  await askForConfirmation(await User.findById(user._id).orFail(), "email-confirmation", { own: user.id });
}

/**
 * Confirms an address by a mailed link, once.
 * @returns whose account it is; null when the link is good for nothing, or the address another account's by now
 */
export async function confirmEmail(actor: Actor, secret: string): Promise<User | null> {
  const grant = await Token.redeem(secret, "email-confirmation");
  if (!grant || !(await grant.user.confirmEmail(grant.email))) return null;
  await Token.void(grant.user._id, "email-confirmation");
  await record(actor, "email.confirmed", grant.user);
  const user = await User.findById(grant.user._id).orFail();
  await removeOtherSignUps(grant.email);
  return user.sessionEpoch === grant.user.sessionEpoch ? user : null;
}

/**
 * Removes what sign-ups left behind that named an address which is another account's now: whoever made them never proved
 * that it is theirs, and may wait in them for its owner (pre-hijacking).
 */
export async function removeOtherSignUps(email: string): Promise<void> {
  if (!(await User.findByEmail(email))) return;
  for (const other of await User.listUnconfirmed(email)) await dropSignUp(other);
}
