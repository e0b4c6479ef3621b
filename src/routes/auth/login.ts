import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { loginForm } from "../../forms/auth/login.js";
import type { User } from "../../models/user.js";
import { isPending } from "../../services/account/register/pending.js";
import { logIn } from "../../services/session/login.js";
import { continueAfterLogin } from "../../web/pages/after-login.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { readCarried } from "../../web/pages/typed.js";
import { rateLimits } from "../../web/rate-limits.js";
import { readDeviceCookie } from "../../web/session/device-cookie.js";
import { readCredentials } from "../../web/session/local-strategy.js";
import { readRegisterCookie, setRegisterCookie } from "../../web/session/register-cookie.js";
import { enter } from "./enter.js";
import { askForFactor } from "./second-factor.js";

export const login = Router();

const unconfirmed = {
  "": "Confirm your email address first, with the link we sent you. Then log in here: what you typed stays on this page.",
};
/** The message is the same for all causes: unknown or disabled account, wrong password, or too many attempts. */
const refused = {
  "": "Incorrect email, username or password. After several failed attempts, wait 15 minutes or reset your password.",
};

/**
 * Asks a user to confirm the email before the login. Input that the login form carries stays in the page.
 * @param typed fields of the login form
 */
export function askForConfirmation(req: Request, res: Response, user: User, typed: unknown = {}): void {
  setRegisterCookie(res, user);
  if (readCarried(req))
    renderFormErrors(res.status(422), "auth/login/new", { form: loginForm.reject(typed, unconfirmed) });
  else res.redirect(303, "/email-confirmation");
}

login.get("/", (_req, res) => {
  res.render("auth/login/new", { form: loginForm.blank() });
});

login.post("/", rateLimits.login, async (req, res) => {
  const typed: unknown = req.body;
  const input = loginForm.parse(typed);
  if (!input.ok) return renderFormErrors(res.status(422), "auth/login/new", { form: input.form });
  const here = { browser: readDeviceCookie(req, res), signUp: readRegisterCookie(req, res)?.id ?? null };
  const entered = await readCredentials(req, res, input.data, (typed) => logIn(getActor(req), typed, here));
  if (!entered) {
    return renderFormErrors(res.status(401), "auth/login/new", { form: loginForm.reject(typed, refused) });
  }
  const { user, device } = entered;
  if (isPending(user)) return askForConfirmation(req, res, user, typed);
  const remember = input.data.remember === "on";
  if ((await enter(req, res, { user, device, remember, byPassword: true })) === "pending")
    return askForFactor(req, res, user);
  await continueAfterLogin(req, res, user);
});
