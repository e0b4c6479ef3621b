import { Router } from "express";
import { actorOf } from "../../actor.js";
import { reauthenticateForm } from "../../forms/auth/reauthenticate.js";
import { proveWithPassword } from "../../services/account/reauthenticate.js";
import { signedIn } from "../../web/guards.js";
import { goOn } from "../../web/pages/after-login.js";
import { sendBack } from "../../web/pages/problem-json.js";
import { limits } from "../../web/rate-limits.js";
import { renewSessionOf } from "../../web/session/session.js";

export const reauthenticate = Router();

const wrong = { password: "This is not the password of your account." };

reauthenticate.get("/", (_req, res) => {
  res.render("auth/reauthenticate/new", { form: reauthenticateForm.blank() });
});

reauthenticate.post("/", limits.login, async (req, res) => {
  const input = reauthenticateForm.parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "auth/reauthenticate/new", { form: input.form });
  const user = await proveWithPassword(actorOf(req), signedIn(req), req.session.device, input.data.password);
  if (!user) {
    return sendBack(res.status(401), "auth/reauthenticate/new", { form: reauthenticateForm.reject(req.body, wrong) });
  }
  await renewSessionOf(req, user);
  await goOn(req, res);
});
