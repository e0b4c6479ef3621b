import { type Request, type Response, Router } from "express";
import { actorOf } from "../../actor.js";
import { endOwnSession } from "../../services/session/logout.js";
import { signedIn } from "../../web/guards.js";
import { askForLogin } from "../../web/pages/after-login.js";
import { flash } from "../../web/pages/flash.js";
import { carriedIn } from "../../web/pages/typed.js";
import { signOut } from "../../web/session/session.js";
import { storageId } from "../../web/session/store.js";

export const logout = Router();

logout.post("/", logOut);

/** Ends what there is of this browser's, also of somebody in whose name it acts, and says so. */
export async function logOut(req: Request, res: Response): Promise<void> {
  const { id } = req.impersonator ?? signedIn(req);
  const own = req.session.impersonator ?? { session: storageId(req.sessionID), device: req.session.device };
  await signOut(req, res, () => endOwnSession(actorOf(req), { user: id, session: own.session, device: own.device }));
  const typed = carriedIn(req);
  if (typed) return askForLogin(req, res, typed);
  flash(res, "info", "You are logged out.");
  res.redirect(303, "/");
}
