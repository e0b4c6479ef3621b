import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { reauthenticateForm, reauthenticateWithCodeForm } from "../../forms/auth/reauthenticate.js";
import type { Form } from "../../forms/form.js";
import { User } from "../../models/user.js";
import { verifyCurrentPassword } from "../../services/account/reauthenticate.js";
import { verifyCode } from "../../services/factors/verify.js";
import { getLoggedInUser } from "../../web/guards.js";
import { continueAfterLogin } from "../../web/pages/after-login.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { rateLimits } from "../../web/rate-limits.js";
import { reauthenticateSession } from "../../web/session/session.js";

/** Asks for all factors of the account again, before a sensitive action. */
export const reauthenticate = Router();

const wrong = { password: "Incorrect password." };
const wrongCode = { code: "This code is wrong or was used before. Wait for the next one." };

reauthenticate.get("/", async (req, res) => {
  res.render("auth/reauthenticate/new", { form: (await chooseForm(req)).blank() });
});

reauthenticate.post("/", rateLimits.login, async (req, res) => {
  const form = await chooseForm(req);
  const input = form.parse(req.body);
  if (!input.ok) return refuse(res.status(422), input.form);
  const { device } = req.session;
  const { password } = input.data;
  const user = await verifyCurrentPassword(getActor(req), getLoggedInUser(req), device, password);
  if (!user) return refuse(res.status(401), form.reject(req.body, wrong));
  if ("code" in input.data) {
    const typed = { code: String(input.data.code) };
    const isRight = await verifyCode(getActor(req), { user, device: device || null }, typed);
    if (!isRight) return refuse(res.status(401), form.reject(req.body, wrongCode));
    req.session.factorAt = Date.now();
  }
  await reauthenticateSession(req, user);
  await continueAfterLogin(req, res);
});

async function chooseForm(req: Request) {
  const user = await User.findById(getLoggedInUser(req).id).orFail();
  return user.authenticator ? reauthenticateWithCodeForm : reauthenticateForm;
}

const refuse = (res: Response, form: Form) => renderFormErrors(res, "auth/reauthenticate/new", { form });
