import type { Actor, ActorRecord } from "../../actor.js";
import * as passwords from "../../lib/passwords/hash.js";
import * as mail from "../../mail/index.js";
import { Device } from "../../models/device.js";
import { LoginThrottle } from "../../models/login-throttle.js";
import { MailedLink, type ValidLink } from "../../models/mailed-link.js";
import { deriveFormRunId, isToldByWords, runRetryable } from "../../models/outbox/once.js";
import { hasSecondFactor, User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { findRequester, takeMail } from "../mail/limits.js";
import { toReceiver } from "../mail/recipients.js";
import { revokeAccessUntil } from "../revoke-access.js";
import { releaseAddress } from "./email-release.js";
import { type ChangedUser, tellOfChange } from "./password.js";

const PURPOSE = "password-reset";

/**
 * Sends a password reset link to this email, for the account that has it as its primary email, or as its recovery email. Exactly one email is sent, with the same work, whether
 * the account exists, does not exist or is disabled. So neither the response nor its time reveals which is the case.
 * Sends nothing if the budget is used up. If several unconfirmed registrations name the email, none of them gets a
 * link, because we don't know which one its owner made.
 * @param here ids of the accounts that logged in or registered with this browser; the user probably means one of them
 * @param key the form's idempotency key, if any: a repeated form has no further effect
 */
export async function askForReset(actor: Actor, email: string, here: string[], key?: string): Promise<void> {
  if (!(await takeMail(PURPOSE, email, await findRequester(email, here)))) return;
  const [owner, byRecoveryEmail, signedUpHere, onlySignUp] = await Promise.all([
    User.findByEmail(email),
    User.findByRecoveryEmail(email),
    User.findUnconfirmed(email, here),
    User.findOnlyUnconfirmed(email),
  ]);
  const user = owner ?? byRecoveryEmail ?? signedUpHere ?? onlySignUp;
  await runRetryable(
    async () => {
      await record(actor, "password.reset-asked", user);
      if (user && !user.disabledAt) {
        return mail.sendPasswordReset(
          { username: user.username, email },
          await MailedLink.issue({ purpose: PURPOSE, user, email }),
        );
      }
      await MailedLink.createDecoy({ purpose: PURPOSE, email });
      await (user ? mail.sendAccountDisabled({ username: user.username, email }) : mail.sendNoAccount(email));
    },
    await deriveFormRunId(key, [PURPOSE, email, ...listStateWords(user)], isToldByWords),
  );
}

/** Includes the epoch: a new epoch makes links invalid, and then the same form requests a new link. */
const listStateWords = (user: User | null) => (user ? [user.id, String(user.sessionEpoch)] : []);

/** Finds a password reset link without using it. Returns null if it is invalid. */
export const findReset = (secret: string): Promise<ValidLink | null> => MailedLink.find(secret, PURPOSE);

/** Returns true if the link has already set a new password. */
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
 * Sets a new password through a link, which works once. Logs nobody in. Ends all sessions and lockouts, and also API
 * tokens: a user who needs a link may have lost more than a password. A link to the primary email also confirms it; the
 * email is then removed from other registrations, and the factors of the account are removed.
 * @param browser the id in the device cookie of the browser that the user will log in with; null for an API client
 * @returns false if the link is no longer valid; nothing has changed then
 * @throws Overloaded
 */
export async function resetPassword(
  actor: Actor,
  grant: ValidLink,
  password: string,
  browser: string | null,
): Promise<boolean> {
  const { user, email, link } = grant;
  const receiver = toReceiver(user, 1);
  const isFirstProof = !user.emailConfirmedAt;
  // First, because what was created until the time of the entry is revoked, and hashing takes a while.
  const passwordHash = await passwords.hash(password);
  const entry = afterReset.entry(actor, { receiver, link: String(link), isFirstProof });
  if (!(await user.resetPassword(passwordHash, email, { entry, link }))) return false;
  await afterReset.finish(user._id, entry);
  // A mailbox is no proof of the second factor, so it makes no browser known: known ones have their own budget of codes.
  const isEnough = isFirstProof || !hasSecondFactor(user);
  if (browser !== null && isEnough) await Device.noteLogin(browser, user.id, { ip: actor.ip, agent: actor.agent });
  return true;
}
