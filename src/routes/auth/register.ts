import { type RequestHandler, Router } from "express";
import { getActor } from "../../actor.js";
import { config } from "../../config/index.js";
import { isTaken } from "../../definitions/outcomes.js";
import { RegistrationClosed } from "../../errors.js";
import { registerForm } from "../../forms/auth/register.js";
import type { Form } from "../../forms/form.js";
import { toFormErrors } from "../../forms/rejections.js";
import { isAccount } from "../../services/account/open.js";
import { isPending } from "../../services/account/register/pending.js";
import { registerUser } from "../../services/account/register/register.js";
import { noteLogin } from "../../services/session/new-device.js";
import { continueAfterLogin } from "../../web/pages/after-login.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { presentSignUpFields } from "../../web/present/profile.js";
import { rateLimits } from "../../web/rate-limits.js";
import { ensureDeviceCookie } from "../../web/session/device-cookie.js";
import { findSignUp, setRegisterCookie } from "../../web/session/register-cookie.js";
import { startSession } from "../../web/session/session.js";

export const register = Router();

/** If registration is not open, shows a page that says so and ignores the input. */
const whereOpen: RequestHandler = (_req, _res, next) => {
  next(config.registration === "open" ? undefined : new RegistrationClosed(config.registration));
};

register.get("/", whereOpen, (_req, res) => {
  res.render("auth/register/new", page(registerForm.blank()));
});

register.post("/", whereOpen, rateLimits.register, async (req, res) => {
  const input = registerForm.parse(req.body);
  if (!input.ok) return renderFormErrors(res.status(422), "auth/register/new", page(input.form));
  const own = await findSignUp(req, res);
  const user = await registerUser(getActor(req), input.data, own);
  if (!isAccount(user)) {
    const isOwn =
      isTaken(user) && user.taken === "username" && own?.username.toLowerCase() === input.data.username.toLowerCase();
    const form = registerForm.reject(req.body, isOwn ? held : toFormErrors(user));
    return renderFormErrors(res.status(422), "auth/register/new", page(form));
  }
  if (isPending(user)) {
    setRegisterCookie(res, user);
    return res.redirect(303, "/email-confirmation");
  }
  await startSession(req, user, await noteLogin(getActor(req), user, ensureDeviceCookie(req, res)));
  flash(res, "success", `Welcome, ${user.username}. Your account is ready.`);
  await continueAfterLogin(req, res);
});

const page = (form: Form) => ({ form, more: presentSignUpFields() });

const held = {
  password: "You've already signed up with this username. To change the address, enter the password you chose.",
};
