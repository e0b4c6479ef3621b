import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { endOwnSession } from "../../services/session/logout.js";
import { getLoggedInUser } from "../../web/guards.js";
import { askForLogin } from "../../web/pages/after-login.js";
import { flash } from "../../web/pages/flash.js";
import { readCarried } from "../../web/pages/typed.js";
import { endSession } from "../../web/session/session.js";
import { storageId } from "../../web/session/store.js";

export const logout = Router();

logout.post("/", logOut);

/** Ends all sessions of this browser, including an impersonation, and shows a message. */
export async function logOut(req: Request, res: Response): Promise<void> {
  const { id } = req.impersonator ?? getLoggedInUser(req);
  const own = req.session.impersonator ?? { session: storageId(req.sessionID), device: req.session.device };
  await endSession(req, res, () =>
    endOwnSession(getActor(req), { user: id, session: own.session, device: own.device }),
  );
  const typed = readCarried(req);
  if (typed) return askForLogin(req, res, typed);
  flash(res, "info", "You are logged out.");
  res.redirect(303, "/");
}
