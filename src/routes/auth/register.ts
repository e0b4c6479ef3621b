import { type RequestHandler, Router } from "express";
import { getActor } from "../../actor.js";
import { config } from "../../config/index.js";
import { RegistrationClosed } from "../../errors.js";
import { registerForm } from "../../forms/auth/register.js";
import { isPending } from "../../services/account/register/pending.js";
import { registerUser as openAccount } from "../../services/account/register/register.js";
import { noteLogin } from "../../services/session/new-device.js";
import { continueAfterLogin } from "../../web/pages/after-login.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
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
  res.render("auth/register/new", { form: registerForm.blank() });
});

register.post("/", whereOpen, rateLimits.register, async (req, res) => {
  const input = registerForm.parse(req.body);
  if (!input.ok) return renderFormErrors(res.status(422), "auth/register/new", { form: input.form });
  const own = await findSignUp(req, res);
  const user = await openAccount(getActor(req), input.data, own);
  if (!user) {
    const isOwn = own?.username.toLowerCase() === input.data.username.toLowerCase();
    return renderFormErrors(res.status(422), "auth/register/new", {
      form: registerForm.reject(req.body, isOwn ? held : taken),
    });
  }
  if (isPending(user)) {
    setRegisterCookie(res, user);
    return res.redirect(303, "/email-confirmation");
  }
  await startSession(req, user, await noteLogin(getActor(req), user, ensureDeviceCookie(req, res)));
  flash(res, "success", `Welcome, ${user.username}. Your account is ready.`);
  await continueAfterLogin(req, res);
});

const held = {
  password: "You've already signed up with this username. To change the address, enter the password you chose.",
};
const taken = { username: "This username is taken. Choose another." };
