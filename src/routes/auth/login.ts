import { Router } from "express";
import { actorOf } from "../../actor.js";
import { loginForm } from "../../forms/auth/login.js";
import { isPending } from "../../services/account/register/pending.js";
import { logIn } from "../../services/session/login.js";
import { noteSignIn } from "../../services/session/new-device.js";
import { goOn } from "../../web/pages/after-login.js";
import { sendBack } from "../../web/pages/problem-json.js";
import { carriedIn } from "../../web/pages/typed.js";
import { limits } from "../../web/rate-limits.js";
import { browserOf, markBrowser } from "../../web/session/device-cookie.js";
import { type Check, credentialsOf } from "../../web/session/local-strategy.js";
import { markSignUp, signUpOf } from "../../web/session/register-cookie.js";
import { forgetHere, rememberHere } from "../../web/session/remember-cookie.js";
import { signIn } from "../../web/session/session.js";

export const login = Router();

const unconfirmed = {
  "": "Confirm your email address first, with the link that we sent you. Then log in here: what you typed stays in this page.",
};
/** One message for every cause: unknown, wrong, disabled, locked. */
const refused = {
  "": "These do not match an account. Check the name or address, and the password. After several tries, wait a quarter of an hour or choose a new password.",
};

login.get("/", (_req, res) => {
  res.render("auth/login/new", { form: loginForm.blank() });
});

login.post("/", limits.login, async (req, res) => {
  const typed: unknown = req.body;
  const input = loginForm.parse(typed);
  if (!input.ok) return sendBack(res.status(422), "auth/login/new", { form: input.form });
  const here = { browser: browserOf(req, res), signUp: signUpOf(req, res)?.id ?? null };
  const check: Check = (credentials) => logIn(actorOf(req), credentials, here);
  const user = await credentialsOf(req, res, input.data, check);
  if (!user) {
    return sendBack(res.status(401), "auth/login/new", { form: loginForm.reject(typed, refused) });
  }
  if (isPending(user)) {
    markSignUp(res, user);
    if (carriedIn(req))
      return sendBack(res.status(422), "auth/login/new", { form: loginForm.reject(typed, unconfirmed) });
    return res.redirect(303, "/email-confirmation");
  }
  const arrival = await noteSignIn(actorOf(req), user, markBrowser(req, res));
  await signIn(req, user, arrival);
  if (input.data.remember) await rememberHere(req, res, arrival.device, user);
  else await forgetHere(req, res, arrival.device);
  await goOn(req, res, user.deletion ? "/account/deletion" : undefined);
});
