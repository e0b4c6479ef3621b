import type { Request } from "express";
import { getActor } from "../../actor.js";
import { User } from "../../models/user.js";
import { verifyCurrentPassword } from "../../services/account/reauthenticate.js";
import { isRecentToken } from "../../web/api/authenticate.js";
import { Unprocessable } from "../../web/api/errors.js";
import { getLoggedInUser, isRecent } from "../../web/guards.js";

/**
 * Returns the logged-in user if the request has the proof "password" (definitions/proofs.ts), otherwise null: the current
 * password, or, for an account without one, a recent login. The guard has asked for that login; it is checked here again,
 * so that a page with a weaker guard refuses.
 * A right password in a form makes the login of a page recent.
 * @param typed the field `currentPassword`
 * @throws Overloaded, TooManyRequests
 */
export async function verifyOwner(req: Request, typed: string | undefined): Promise<User | null> {
  const asking = getLoggedInUser(req);
  const device = req.apiSession ? String(req.apiSession._id) : req.session.device;
  if (asking.hasPassword) {
    const owner = await verifyCurrentPassword(getActor(req), asking, device, typed ?? "");
    if (owner && !req.apiSession) req.session.authenticatedAt = Date.now();
    return owner;
  }
  if (!(req.apiSession ? isRecentToken(req) : isRecent(req))) return null;
  const user = await User.findById(asking.id).select("+passwordHash");
  const isSame = user?.sessionEpoch === asking.epoch && !user.passwordHash; // otherwise it has a password since then
  return isSame ? user : null;
}

/** Like `verifyOwner`, for API calls. @throws Unprocessable, Overloaded, TooManyRequests */
export async function assertOwner(req: Request, typed: string | undefined): Promise<User> {
  const isMissing = typed === undefined && getLoggedInUser(req).hasPassword;
  const user = isMissing ? null : await verifyOwner(req, typed);
  const detail = isMissing ? "Enter your password." : "Incorrect password.";
  if (!user) throw new Unprocessable([{ pointer: "#/currentPassword", detail }]);
  return user;
}
