import { type Request, type Response, Router } from "express";
import { actorOf } from "../actor.js";
import { record } from "../services/audit.js";
import { endImpersonation } from "../services/impersonation.js";
import { flash } from "../web/flash.js";
import { askForLogin } from "../web/go-on.js";
import { signedIn } from "../web/guards.js";
import { signOut } from "../web/session.js";
import { carriedIn } from "../web/typed.js";

export const logout = Router();

logout.post("/", logOut);

/** Ends what there is of this browser's, also of somebody in whose name it acts, and says so. */
export async function logOut(req: Request, res: Response): Promise<void> {
  const person = req.impersonator ?? signedIn(req);
  await signOut(req, res);
  await endImpersonation(actorOf(req));
  await record(actorOf(req), "session.ended", person);
  const typed = carriedIn(req);
  if (typed) return askForLogin(req, res, typed);
  flash(res, "info", "You are logged out.");
  res.redirect(303, "/");
}
