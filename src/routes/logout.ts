import { Router } from "express";
import { flash } from "../web/flash.js";
import { signOut } from "../web/session.js";

export const logout = Router();

logout.post("/", async (req, res) => {
  await signOut(req, res);
  flash(res, "info", "You are logged out.");
  res.redirect(303, "/");
});
