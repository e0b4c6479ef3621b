import type { Actor } from "../actor.js";
import * as mail from "../mail/index.js";
import type { Outcome } from "../models/email-verbs.js";
import { Token } from "../models/token.js";
import { User } from "../models/user.js";
import { record } from "./audit.js";
import { removeOtherSignUps } from "./email-confirmation.js";
import { revokeAllAccess } from "./revoke-access.js";

/** What came of a link: "taken" when the address it was mailed to is another account's by now. */
type Taken = { outcome: Outcome; email: string };

/**
 * Takes an account out of an intruder's hands, by the link of a security mail, once: the address that the mail went to
 * comes back, the password is worthless, every session and every remembered browser ends, a planned deletion is off, and
 * a link to choose a new password goes to that address. Whoever holds the link gains nothing without its mailbox. Each
 * step leaves the account safer than before, so it may break off after any, and another link does the rest.
 * @returns null when the link is good for nothing
 */
export async function notMe(actor: Actor, secret: string): Promise<Taken | null> {
  const grant = await Token.redeem(secret, "not-me");
  if (!grant) return null;
  const { user: before, email } = grant;
  const outcome = await before.takeBack(email);
  if (outcome === "late") return null;
  if (outcome === "taken") await Promise.all([before.lockUntilReset(), before.keepAccount()]);
  await Promise.all([revokeAllAccess(before), Token.void(before._id, "email-change")]);
  await record(actor, "not-me", before);
  if (outcome === "taken") return { outcome, email };
  const user = await User.findById(before._id).orFail();
  await mail.resetAfterIntrusion(
    { username: user.username, email },
    await Token.issue({ purpose: "password-reset", user, email }),
  );
  await removeOtherSignUps(email);
  return { outcome, email };
}
