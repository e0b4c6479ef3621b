import { type RequestHandler, Router } from "express";
import { actorOf } from "../../actor.js";
import { config } from "../../config/index.js";
import { RegistrationClosed } from "../../errors.js";
import { registerForm } from "../../forms/auth/register.js";
import { isPending } from "../../services/account/register/pending.js";
import { register as openAccount } from "../../services/account/register/register.js";
import { noteSignIn } from "../../services/session/new-device.js";
import { goOn } from "../../web/pages/after-login.js";
import { flash } from "../../web/pages/flash.js";
import { sendBack } from "../../web/pages/problem-json.js";
import { limits } from "../../web/rate-limits.js";
import { markBrowser } from "../../web/session/device-cookie.js";
import { findSignUpOf, markSignUp } from "../../web/session/register-cookie.js";
import { signIn } from "../../web/session/session.js";

export const register = Router();

/** Where people cannot sign up by themselves, the page says so; nothing that was sent is looked at. */
const whereOpen: RequestHandler = (_req, _res, next) => {
  next(config.registration === "open" ? undefined : new RegistrationClosed(config.registration));
};

register.get("/", whereOpen, (_req, res) => {
  res.render("auth/register/new", { form: registerForm.blank() });
});

register.post("/", whereOpen, limits.register, async (req, res) => {
  const input = registerForm.parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "auth/register/new", { form: input.form });
  const own = await findSignUpOf(req, res);
  const user = await openAccount(actorOf(req), input.data, own);
  if (!user) {
    const isOwn = own?.username.toLowerCase() === input.data.username.toLowerCase();
    return sendBack(res.status(422), "auth/register/new", {
      form: registerForm.reject(req.body, isOwn ? held : taken),
    });
  }
  if (isPending(user)) {
    markSignUp(res, user);
    return res.redirect(303, "/email-confirmation");
  }
  await signIn(req, user, await noteSignIn(actorOf(req), user, markBrowser(req, res)));
  flash(res, "success", `Welcome, ${user.username}. Your account is ready.`);
  await goOn(req, res);
});

const held = {
  password: "You have signed up with this username already. Enter the password that you chose, to change the address.",
};
const taken = { username: "This username is taken. Choose another." };
