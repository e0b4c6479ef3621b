import { Router } from "express";
import { actorOf } from "../actor.js";
import { record } from "../services/audit.js";
import { flash } from "../web/flash.js";
import { signedIn } from "../web/guards.js";
import { signOut } from "../web/session.js";

export const logout = Router();

logout.post("/", async (req, res) => {
  const person = signedIn(req);
  await signOut(req, res);
  await record(actorOf(req), "session.ended", person);
  flash(res, "info", "You are logged out.");
  res.redirect(303, "/");
});
