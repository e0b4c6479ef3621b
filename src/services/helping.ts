import type { Actor } from "../actor.js";
import { config } from "../config.js";
import { Forbidden } from "../errors.js";
import * as mail from "../mail/index.js";
import { Token } from "../models/token.js";
import type { User } from "../models/user.js";
import { mayActOn } from "../policies/users.js";
import { record } from "./audit.js";
import { askForConfirmation } from "./email-confirmation.js";
import { hasRevoked, revokeAllAccess } from "./revoke-access.js";

/** "disabled": no link would open the account. "confirmed": the address is proven already. */
export type Help = "done" | "disabled" | "confirmed";

/**
 * Signs somebody out everywhere: sessions, remembered browsers and API tokens end, and mailed links are void.
 * @returns "unchanged" where there was nothing to end
 * @throws Forbidden
 */
export async function endSessionsOf(actor: Actor, user: User): Promise<"done" | "unchanged"> {
  mustHelp(actor, user);
  await user.endSessions();
  const revoked = await revokeAllAccess(user);
  if (!hasRevoked(revoked)) return "unchanged";
  const { sessions, tokens } = revoked;
  await record(actor, "session.ended-by-us", user, { sessions: String(sessions), tokens: String(tokens) });
  return "done";
}

/** Mails somebody a link to choose a new password. @throws Forbidden */
export async function sendReset(actor: Actor, user: User): Promise<Help> {
  mustHelp(actor, user);
  if (user.disabledAt) return "disabled";
  const link = await Token.issue({ purpose: "password-reset", user, email: user.email });
  await record(actor, "password.reset-offered", user);
  await mail.resetOffered(user, link);
  return "done";
}

/** A link to choose a new password, for whoever hands it on; null when it would not open the account. @throws Forbidden */
export async function makeResetLink(actor: Actor, user: User): Promise<string | null> {
  mustHelp(actor, user);
  if (user.disabledAt) return null;
  const link = await Token.seal(await Token.issue({ purpose: "password-reset", user, email: user.email }));
  if (!link) return null;
  await record(actor, "password.reset-offered", user);
  return `${config.baseUrl.origin}/password-reset/${link.secret}`;
}

/** Mails somebody the link once more that proves their address. @throws Forbidden */
export async function sendConfirmation(actor: Actor, user: User): Promise<Help> {
  mustHelp(actor, user);
  if (user.disabledAt) return "disabled";
  if (user.emailConfirmedAt) return "confirmed";
  await record(actor, "email.confirmation-offered", user);
  await askForConfirmation(user);
  return "done";
}

function mustHelp(actor: Actor, user: User): void {
  if (!mayActOn(actor, "users.help", user)) throw new Forbidden();
}
