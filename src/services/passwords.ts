import type { Actor, ActorRecord } from "../actor.js";
import * as mail from "../mail/index.js";
import { Device } from "../models/device.js";
import { LoginAttempt } from "../models/login-attempts.js";
import { type Grant, Token } from "../models/token.js";
import { User } from "../models/user.js";
import { record } from "./audit.js";
import { removeOtherSignUps } from "./email-confirmation.js";
import { followUp } from "./follow-ups.js";
import { revokeAllAccess } from "./revoke-access.js";

const PURPOSE = "password-reset";

/**
 * Mails a link to choose a new password to whoever has an account with this address. Exactly one mail goes out, and the
 * same is done, whether that is somebody, nobody, or somebody who is disabled: the answer tells nothing, nor its time.
 * @param here the ids of the accounts that this browser has signed in to: one of them is likely meant
 */
export async function askForReset(actor: Actor, email: string, here: string[]): Promise<void> {
  const [owner, signedUpHere, signedUp] = await Promise.all([
    User.findByEmail(email),
    User.findUnconfirmed(email, here),
    User.findUnconfirmed(email),
  ]);
  const user = owner ?? signedUpHere ?? signedUp;
  await record(actor, "password.reset-asked", user);
  if (user && !user.disabledAt) {
    return mail.passwordReset(user, await Token.issue({ purpose: PURPOSE, user, email }));
  }
  await Token.feign({ purpose: PURPOSE, email });
  await (user ? mail.accountDisabled(user) : mail.noAccount(email));
}

/** What a link to choose a new password is good for, without using it; null when it is good for nothing. */
export const findReset = (secret: string): Promise<Grant | null> => Token.find(secret, PURPOSE);

/**
 * Sets a new password by a mailed link, once, and lets in nobody: all sessions end, and locks after wrong passwords.
 * API tokens end with them: who needs a link may have lost more than a password. It has proven whose the address is, so that is confirmed, and what others signed up with it is removed.
 * @param browser the id in the browser's cookie: the person will log in with it
 * @returns false when the link is good for nothing by now. Then nothing was changed
 */
export async function resetPassword(actor: Actor, grant: Grant, password: string, browser: string): Promise<boolean> {
  const { user, email } = grant;
  if (!(await user.resetPassword(password, email))) return false;
  const { ip, agent } = actor;
  await Promise.all([Token.void(user._id, PURPOSE), revokeAllAccess(user), LoginAttempt.forget(user.id)]);
  await Device.noteSignIn(browser, user.id, { ip, agent });
  if (!user.emailConfirmedAt) {
    await record(actor, "email.confirmed", user);
    await removeOtherSignUps(email);
  }
  await record(actor, "password.reset", user);
  await tellOfChange(actor, user);
  return true;
}

const afterChange = followUp<{ user: Receiver; isConfirmed: boolean }>(
  User,
  "password.changed",
  async ({ id, actor, data: { user, isConfirmed } }) => {
    await record(actor, "password.changed", { id: String(id) });
    if (isConfirmed) await tellOfChange(actor, { _id: id, ...user });
  },
);

/** Changes a password. False when somebody else did at the same time, or the account is disabled by now. */
export async function changePassword(actor: Actor, user: User, password: string): Promise<boolean> {
  const { username, email, sessionEpoch } = user;
  const receiver = { username, email, sessionEpoch: sessionEpoch + 1 };
  const entry = afterChange.entry(actor, { user: receiver, isConfirmed: Boolean(user.emailConfirmedAt) });
  if (!(await user.setPassword(password, entry))) return false;
  await afterChange.finish(user._id, entry);
  return true;
}

type Receiver = { username: string; email: string; sessionEpoch: number };

async function tellOfChange(actor: ActorRecord, user: Receiver & Pick<User, "_id">): Promise<void> {
  await mail.passwordChanged(actor, user, await Token.issue({ purpose: "not-me", user, email: user.email }));
}
