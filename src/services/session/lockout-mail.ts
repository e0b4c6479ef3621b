import { systemActor } from "../../actor.js";
import { actOnEach, iterateNew, type Stop } from "../../lib/async/until-done.js";
import * as mail from "../../mail/index.js";
import { LoginThrottle, type StoredAttempt } from "../../models/login-throttle.js";
import { MailedLink } from "../../models/mailed-link.js";
import { runOnceAbout } from "../../models/outbox/once.js";
import { User } from "../../models/user.js";
import { createNotMeLinks, toReceiver } from "../mail/recipients.js";

/**
 * Notifies owners of a lockout and sends them a link to choose a new password. Called by a job, so that attempts do not
 * take longer. A link that the owner has requested stays valid. Otherwise an attacker could provoke a lockout to make
 * the link invalid.
 */
export async function mailLockouts(stop?: Stop): Promise<void> {
  const untold = iterateNew<StoredAttempt>((failed) => LoginThrottle.listUntold(failed));
  await actOnEach(untold, tellOwner, { stop, what: "emails to owners" });
}

async function tellOwner({ _id, user: id, from, tellAt, isFactor }: StoredAttempt): Promise<void> {
  const user = await User.findById(id);
  const place = { ip: from?.ip ?? "", agent: from?.agent ?? "" };
  if (user?.emailConfirmedAt && !user.disabledAt && tellAt)
    await runOnceAbout({ document: user._id, at: tellAt, what: isFactor ? "factor.locked" : "locked" }, () =>
      tell(user, place, isFactor === true),
    );
  await LoginThrottle.noteTold(_id as string);
}

function tell(user: User, from: { ip: string; agent: string }, isFactor: boolean): Promise<void> {
  const links = {
    reset: (email: string) => MailedLink.issue({ purpose: "password-reset", user, email, beside: true }),
    notMe: createNotMeLinks(user._id, user),
  };
  const send = isFactor ? mail.sendFactorThrottled : mail.sendLoginThrottled;
  return send({ ...systemActor, ...from }, toReceiver(user), links);
}
