import type { Actor } from "../actor.js";
import * as mail from "../mail/index.js";
import type { Outcome } from "../models/email-verbs.js";
import { Token } from "../models/token.js";
import { User } from "../models/user.js";
import { record } from "./audit.js";
import { removeOtherSignUps } from "./email-confirmation.js";
import { revokeAllAccess } from "./revoke-access.js";

/**
 * Asks for another address: a link goes there, and one that undoes it to the address until now. It does the same when
 * the other has an account already: only the mail differs, and only the owner of that address reads it.
 */
export async function askForEmailChange(actor: Actor, user: User, email: string): Promise<void> {
  const owner = await User.findByEmail(email);
  const confirm = await Token.issue({ purpose: "email-change", user, email });
  const undo = await Token.issue({ purpose: "email-undo", user, email: user.email });
  await record(actor, "email.change-asked", user);
  await mail.emailChangeAsked(actor, user, email, undo);
  await (owner ? mail.alreadyRegistered(owner) : mail.confirmNewEmail(user, email, confirm));
}

/** Drops the address that somebody asked for; false when there is none. */
export async function cancelEmailChange(actor: Actor, user: User): Promise<boolean> {
  if (!(await Token.void(user._id, "email-change"))) return false;
  await record(actor, "email.change-undone", user);
  return true;
}

/** What came of a link, and for whom; the person as they are now. */
type Change = { outcome: Outcome; user: User; email: string };

/**
 * Changes the address by the link mailed to the new one, once, and ends every session. The address before is told.
 * @returns null when the link is good for nothing; nothing is changed unless the outcome is "done"
 */
export async function confirmEmailChange(actor: Actor, secret: string): Promise<Change | null> {
  const grant = await Token.redeem(secret, "email-change");
  if (!grant) return null;
  const { user: before, email } = grant;
  const outcome = await before.changeEmail(email);
  if (outcome !== "done") return { outcome, user: before, email };
  const user = await User.findById(before._id).orFail();
  await record(actor, "email.changed", user);
  const notMe = await Token.issue({ purpose: "not-me", user, email: before.email });
  await mail.emailChanged(actor, before, email, notMe);
  await removeOtherSignUps(email);
  return { outcome, user, email };
}

/**
 * Brings the address back that a link was mailed to, or keeps it, once; ends every session and API token, and the link to
 * the other address. Where somebody else's account has it by now, only that is done.
 * @returns null when the link is good for nothing
 */
export async function undoEmailChange(actor: Actor, secret: string): Promise<Change | null> {
  const grant = await Token.redeem(secret, "email-undo");
  if (!grant) return null;
  const { user, email } = grant;
  const outcome = await user.restoreEmail(email);
  if (outcome === "late") return null;
  if (outcome === "taken") await user.endSessions();
  await Promise.all([revokeAllAccess(user), Token.void(user._id, "email-change")]);
  if (outcome === "done") {
    await record(actor, "email.change-undone", user);
    await removeOtherSignUps(email);
  }
  return { outcome, user, email };
}
