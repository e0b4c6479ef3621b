import type { Actor } from "../actor.js";
import { config } from "../config.js";
import { Forbidden } from "../errors.js";
import * as mail from "../mail/index.js";
import { Token } from "../models/token.js";
import { User } from "../models/user.js";
import { mayActOn } from "../policies/users.js";
import { record } from "./audit.js";
import { mailConfirmation } from "./email-confirmation.js";
import { followUp } from "./follow-ups.js";
import { demandMail } from "./mail-budget.js";
import { type Receiver, receiverOf } from "./receivers.js";
import { hasRevoked, revokeAllAccess } from "./revoke-access.js";

/**
 * "disabled": no link would open the account. "no-address": another account confirmed the address that was given here. "confirmed": the
 * address is proven already.
 */
export type Help = "done" | "disabled" | "no-address" | "confirmed";

/** Why no link can be sent to somebody; null when one can. */
const obstacle = ({ disabledAt, email }: User) => (disabledAt ? "disabled" : email === "" ? "no-address" : null);

type About = { user: Receiver };
const receiving = (actor: Actor, user: User) => ({ id: user._id, actor, data: { user: receiverOf(user) } });

const afterOffer = followUp<About>(User, "password.reset-offered", async ({ id, actor, data: { user } }) => {
  const { email, sessionEpoch } = user;
  const link = await Token.issue({ purpose: "password-reset", user: { _id: id, sessionEpoch }, email });
  await record(actor, "password.reset-offered", { id: String(id) });
  await mail.resetOffered(user, link);
});

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
  const inTheWay = obstacle(user);
  if (inTheWay) return inTheWay;
  await afterOffer.make(receiving(actor, user), (entry) => user.leaveToDo(entry));
  return "done";
}

/** A link to choose a new password, for whoever hands it on; null when it would not open the account. @throws Forbidden */
export async function makeResetLink(actor: Actor, user: User): Promise<string | null> {
  mustHelp(actor, user);
  if (obstacle(user)) return null;
  const link = await Token.seal(await Token.issue({ purpose: "password-reset", user, email: user.email }));
  if (!link) return null;
  await record(actor, "password.reset-offered", user);
  return `${config.baseUrl.origin}/password-reset/${link.secret}`;
}

/** Mails somebody the link once more that proves their address. @throws Forbidden, TooManyRequests */
export async function sendConfirmation(actor: Actor, user: User): Promise<Help> {
  mustHelp(actor, user);
  const inTheWay = obstacle(user);
  if (inTheWay) return inTheWay;
  if (user.emailConfirmedAt) return "confirmed";
  await demandMail("email-confirmation", user.email, askerAs(actor));
  await record(actor, "email.confirmation-offered", user);
  await mailConfirmation(user);
  return "done";
}

const askerAs = (actor: Actor) => ({ own: actor.user?.id ?? actor.via });

function mustHelp(actor: Actor, user: User): void {
  if (!mayActOn(actor, "users.help", user)) throw new Forbidden();
}
