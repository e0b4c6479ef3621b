import type { Request, RequestHandler } from "express";
import { Session } from "../models/session.js";
import { User } from "../models/user.js";
import { isSafe } from "./addresses.js";
import { rightsOf } from "./rights.js";
import { hasOtherRights, renewSessionOf } from "./session.js";
import { storageId } from "./session-store.js";

/**
 * Gives a session a new id when its person has other roles than when it got its own (ASVS V7.2.4). What they may do needs no
 * renewal: that is read with every request. Done on reading, for a form on its way must not lose its session.
 */
export const renewedWithRights: RequestHandler = (req, _res, next) => {
  if (!req.user || req.impersonator || !isSafe(req) || !hasOtherRights(req)) return next();
  renew(req, req.user.id).then(() => next(), next);
};

/** It keeps its age: nobody proved anything. Of several requests at once one renews it, the others are answered as they are. */
async function renew(req: Request, id: string): Promise<void> {
  const { person } = req;
  const { signedInAt, authenticatedAt, epoch } = req.session;
  const user = await User.findById(id).orFail();
  if (!(await Session.succeed(storageId(req.sessionID), rightsOf(user)))) return;
  req.hasSuccessor = true;
  await renewSessionOf(req, user);
  Object.assign(req.session, { signedInAt, authenticatedAt, epoch });
  req.user = req.person = person;
}
