import type { Actor, ActorRecord } from "../../actor.js";
import * as mail from "../../mail/index.js";
import { Device } from "../../models/device.js";
import { LoginThrottle } from "../../models/login-throttle.js";
import { MailedLink, type ValidLink } from "../../models/mailed-link.js";
import { deriveFormRunId, isToldByWords, runRetryable } from "../../models/outbox/once.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { findRequester, takeMail } from "../mail-limits.js";
import { revokeAccessUntil } from "../revoke-access.js";
import { releaseAddress } from "./email-release.js";
import { type ChangedUser, tellOfChange } from "./password.js";

const PURPOSE = "password-reset";

/**
 * Mails a link to choose a new password to whoever has an account with this address. Exactly one mail goes out, and the
 * same is done, whether that is somebody, nobody, or somebody who is disabled: the answer tells nothing, nor its time.
 * Nothing is done when the budget is used up. Of several sign-ups that nobody confirmed none gets it: nobody knows whose the address is.
 * @param here the ids of the accounts that this browser has signed in or up to: one of them is likely meant
 * @param key of the form, if it has one: sent twice, it asks once
 */
export async function askForReset(actor: Actor, email: string, here: string[], key?: string): Promise<void> {
  if (!(await takeMail(PURPOSE, email, await findRequester(email, here)))) return;
  const [owner, signedUpHere, onlySignUp] = await Promise.all([
    User.findByEmail(email),
    User.findUnconfirmed(email, here),
    User.findOnlyUnconfirmed(email),
  ]);
  const user = owner ?? signedUpHere ?? onlySignUp;
  await runRetryable(
    async () => {
      await record(actor, "password.reset-asked", user);
      if (user && !user.disabledAt) {
        return mail.sendPasswordReset(user, await MailedLink.issue({ purpose: PURPOSE, user, email }));
      }
      await MailedLink.createDecoy({ purpose: PURPOSE, email });
      await (user ? mail.sendAccountDisabled(user) : mail.sendNoAccount(email));
    },
    await deriveFormRunId(key, [PURPOSE, email, ...listStateWords(user)], isToldByWords),
  );
}

/** Links die with the epoch: when it changes, a form that asked for one asks for another. */
const listStateWords = (user: User | null) => (user ? [user.id, String(user.sessionEpoch)] : []);

/** What a link to choose a new password is good for, without using it; null when it is good for nothing. */
export const findReset = (secret: string): Promise<ValidLink | null> => MailedLink.find(secret, PURPOSE);

/** Whether a link has set a new password before. */
export const isSpentReset = async (secret: string): Promise<boolean> =>
  (await MailedLink.findUsed(secret, PURPOSE)) !== null;

type Reset = { receiver: ChangedUser; link: string; isFirstProof: boolean };
const afterReset = followUp<Reset>(User, "password.reset", async ({ id, actor, data, at }) => {
  const { receiver, link, isFirstProof } = data;
  await MailedLink.noteUse(link);
  await MailedLink.dropOutdated(id, receiver.sessionEpoch);
  await revokeAccessUntil(id, at);
  await LoginThrottle.forget(String(id));
  if (isFirstProof) await noteFirstProof(actor, { _id: id, email: receiver.email });
  await record(actor, "password.reset", { id: String(id) });
  await tellOfChange(actor, { _id: id, ...receiver });
});

async function noteFirstProof(actor: ActorRecord, { _id, email }: Pick<User, "_id" | "email">): Promise<void> {
  await record(actor, "email.confirmed", { id: String(_id) });
  await (await User.findById(_id))?.cancelIdleDeletion();
  await releaseAddress(email);
}

/**
 * Sets a new password by a mailed link, once, and lets in nobody: all sessions end, and locks after wrong passwords.
 * API tokens end with them: who needs a link may have lost more than a password. It has proven whose the address is, so that is confirmed, and taken from what others signed up with it.
 * @param browser the id in the browser's cookie: the person will log in with it
 * @returns false when the link is good for nothing by now. Then nothing was changed
 */
export async function resetPassword(
  actor: Actor,
  grant: ValidLink,
  password: string,
  browser: string,
): Promise<boolean> {
  const { user, email, link } = grant;
  const { username, sessionEpoch } = user;
  const receiver = { username, email, sessionEpoch: sessionEpoch + 1 };
  const isFirstProof = !user.emailConfirmedAt;
  const entry = afterReset.entry(actor, { receiver, link: String(link), isFirstProof });
  if (!(await user.resetPassword(password, email, { entry, link }))) return false;
  await afterReset.finish(user._id, entry);
  await Device.noteLogin(browser, user.id, { ip: actor.ip, agent: actor.agent });
  return true;
}
