import type { Request, RequestHandler, Response } from "express";
import { recheckImpersonation } from "./impersonation.js";
import { discardSession } from "./session.js";
import { findSession } from "./store.js";

/**
 * Reads the session and its user again if the body of a form came after they were read, because a client may send it
 * for minutes. Example: Grace, a superadmin, begins to send a form.
 *
 * | before the form is complete      | the form is that of                     |
 * | -------------------------------- | --------------------------------------- |
 * | nothing happens                  | Grace, as she was read                  |
 * | her role is revoked              | Grace without the role                  |
 * | she is disabled or logged out    | a visitor: it is refused                |
 * | her impersonation of Ada ends    | nobody: it is refused                   |
 */
export const recheckSession: RequestHandler = (req, res, next) => {
  if (!req.isBodyLate || !req.user) return next();
  recheck(req, res).then(() => next(), next);
};

async function recheck(req: Request, res: Response): Promise<void> {
  if (req.impersonator) return recheckImpersonation(req, res);
  const found = await findSession(req.sessionID);
  if (found) req.user = req.person = found.person;
  else await discardSession(req);
}
