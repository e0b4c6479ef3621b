import { Router } from "express";
import { getActor } from "../../actor.js";
import { endImpersonation } from "../../services/admin/impersonation.js";
import { getLoggedInUser } from "../../web/guards.js";
import { flash } from "../../web/pages/flash.js";
import { clearImpersonationCookie } from "../../web/session/impersonation.js";
import { storageId } from "../../web/session/store.js";

export const impersonationEnd = Router();

impersonationEnd.post("/end", async (req, res) => {
  if (!req.impersonator) return res.redirect(303, "/dashboard");
  const { id, username } = getLoggedInUser(req);
  await endImpersonation(getActor(req), storageId(req.sessionID));
  clearImpersonationCookie(res);
  flash(res, "info", `You've stopped acting as ${username}. You are ${req.impersonator.username} again.`);
  res.redirect(303, `/admin/users/${id}`);
});
