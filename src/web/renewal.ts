import type { Request, RequestHandler } from "express";
import { Session } from "../models/session.js";
import { isSafe } from "./addresses.js";
import { freshSecret } from "./csrf.js";
import { rightsOf } from "./rights.js";
import { hasOtherRights } from "./session.js";
import { freshSession, saveSession, storageId } from "./session-store.js";

/**
 * Gives a session a new id when its person has other roles than when it got its own (ASVS V7.2.4). What they may do needs no
 * renewal: that is read with every request. Done on reading, for a form on its way must not lose its session.
 */
export const renewedWithRights: RequestHandler = (req, _res, next) => {
  if (!req.user || req.impersonator || !isSafe(req) || !hasOtherRights(req)) return next();
  rotateSession(req, rightsOf(req.user)).then(() => next(), next);
};

/**
 * The session goes on under another id, and keeps its age: rotating is no login. The successor is stored first, and counts
 * only if the session before had not ended; of several requests at once one rotates it, the others are answered as they are.
 */
async function rotateSession(req: Request, rights: string): Promise<void> {
  const { sessionID, session } = req;
  const { cookie: _, ...content } = session;
  const succeeds = storageId(sessionID);
  freshSession(req);
  Object.assign(req.session, content, { csrfSecret: freshSecret(), rights, succeeds });
  await saveSession(req);
  const successor = storageId(req.sessionID);
  if (await Session.succeed(succeeds, successor, rights)) return;
  await Session.end(successor);
  Object.assign(req, { sessionID, session });
}
