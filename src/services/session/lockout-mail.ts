import { ourselves } from "../../actor.js";
import { actOnEach, everyNew, type Stop } from "../../lib/async/until-done.js";
import * as mail from "../../mail/index.js";
import { LoginAttempt, type StoredAttempt } from "../../models/login-throttle.js";
import { Token } from "../../models/mailed-link.js";
import { onceAbout } from "../../models/outbox/once.js";
import { User } from "../../models/user.js";

/**
 * Tells owners that their account was locked, and gives them a way in: a job does it, so that no try takes longer for it.
 * A link that the owner has just asked for stays good, or whoever locks accounts could kill it.
 */
export async function tellOwners(stop?: Stop): Promise<void> {
  const untold = everyNew(LoginAttempt.listUntold, ({ _id }) => _id);
  await actOnEach(untold, tellOwner, { stop, what: "mails to owners" });
}

async function tellOwner({ _id, user: id, from, tellAt }: StoredAttempt): Promise<void> {
  const user = await User.findById(id);
  const place = { ip: from?.ip ?? "", agent: from?.agent ?? "" };
  if (user?.emailConfirmedAt && !user.disabledAt && tellAt)
    await onceAbout({ document: user._id, at: tellAt, what: "locked" }, () => tell(user, place));
  await LoginAttempt.noteTold(_id as string);
}

async function tell(user: User, from: { ip: string; agent: string }): Promise<void> {
  const { email } = user;
  const [reset, notMe] = await Promise.all([
    Token.issue({ purpose: "password-reset", user, email, beside: true }),
    Token.issue({ purpose: "not-me", user, email }),
  ]);
  await mail.loginThrottled({ ...ourselves, ...from }, user, { reset, notMe });
}
