import { Router } from "express";
import { getActor } from "../../actor.js";
import { reauthenticateForm } from "../../forms/auth/reauthenticate.js";
import { verifyCurrentPassword } from "../../services/account/reauthenticate.js";
import { getLoggedInUser } from "../../web/guards.js";
import { continueAfterLogin } from "../../web/pages/after-login.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { rateLimits } from "../../web/rate-limits.js";
import { reauthenticateSession } from "../../web/session/session.js";

export const reauthenticate = Router();

const wrong = { password: "Incorrect password." };

reauthenticate.get("/", (_req, res) => {
  res.render("auth/reauthenticate/new", { form: reauthenticateForm.blank() });
});

reauthenticate.post("/", rateLimits.login, async (req, res) => {
  const input = reauthenticateForm.parse(req.body);
  if (!input.ok) return renderFormErrors(res.status(422), "auth/reauthenticate/new", { form: input.form });
  const user = await verifyCurrentPassword(
    getActor(req),
    getLoggedInUser(req),
    req.session.device,
    input.data.password,
  );
  if (!user) {
    return renderFormErrors(res.status(401), "auth/reauthenticate/new", {
      form: reauthenticateForm.reject(req.body, wrong),
    });
  }
  await reauthenticateSession(req, user);
  await continueAfterLogin(req, res);
});
