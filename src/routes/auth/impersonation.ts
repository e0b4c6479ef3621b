import { Router } from "express";
import { actorOf } from "../../actor.js";
import { endImpersonation } from "../../services/admin/impersonation.js";
import { signedIn } from "../../web/guards.js";
import { flash } from "../../web/pages/flash.js";
import { stopActing } from "../../web/session/impersonation.js";
import { storageId } from "../../web/session/store.js";

export const impersonationEnd = Router();

impersonationEnd.post("/end", async (req, res) => {
  if (!req.impersonator) return res.redirect(303, "/dashboard");
  const { id, username } = signedIn(req);
  await endImpersonation(actorOf(req), storageId(req.sessionID));
  stopActing(res);
  flash(res, "info", `You are ${req.impersonator.username} again, and no longer ${username}.`);
  res.redirect(303, `/admin/users/${id}`);
});
