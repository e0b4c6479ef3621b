import { Router } from "express";
import { actorOf } from "../actor.js";
import { loginForm } from "../forms/login.js";
import { logIn } from "../services/login.js";
import { isPending } from "../services/pending.js";
import { noteSignIn } from "../services/sign-in.js";
import { type Check, credentialsOf } from "../web/credentials.js";
import { browserOf, markBrowser } from "../web/device.js";
import { goOn } from "../web/go-on.js";
import { forgetHere, rememberHere } from "../web/keepsake.js";
import { limits } from "../web/limits.js";
import { sendBack } from "../web/problems.js";
import { signIn } from "../web/session.js";
import { markSignUp, signUpOf } from "../web/sign-up.js";
import { carriedIn } from "../web/typed.js";

export const login = Router();

const unconfirmed = {
  "": "Confirm your email address first, with the link that we sent you. Then log in here: what you typed stays in this page.",
};
/** One message for every cause: unknown, wrong, disabled, locked. */
const refused = {
  "": "These do not match an account. Check the name or address, and the password. After several tries, wait a quarter of an hour or choose a new password.",
};

login.get("/", (_req, res) => {
  res.render("login/new", { form: loginForm.blank() });
});

login.post("/", limits.login, async (req, res) => {
  const typed: unknown = req.body;
  const input = loginForm.parse(typed);
  if (!input.ok) return sendBack(res.status(422), "login/new", { form: input.form });
  const here = { browser: browserOf(req, res), signUp: signUpOf(req, res)?.id ?? null };
  const check: Check = (credentials) => logIn(actorOf(req), credentials, here);
  const user = await credentialsOf(req, res, input.data, check);
  if (!user) {
    return sendBack(res.status(401), "login/new", { form: loginForm.reject(typed, refused) });
  }
  if (isPending(user)) {
    markSignUp(res, user);
    if (carriedIn(req)) return sendBack(res.status(422), "login/new", { form: loginForm.reject(typed, unconfirmed) });
    return res.redirect(303, "/email-confirmation");
  }
  const arrival = await noteSignIn(actorOf(req), user, markBrowser(req, res));
  await signIn(req, user, arrival);
  if (input.data.remember) await rememberHere(req, res, arrival.device, user);
  else await forgetHere(req, res, arrival.device);
  await goOn(req, res, user.deletion ? "/account/deletion" : undefined);
});
