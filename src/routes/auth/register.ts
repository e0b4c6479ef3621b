import { type Request, type RequestHandler, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { config } from "../../config/index.js";
import { isTaken } from "../../definitions/outcomes.js";
import { RegistrationClosed } from "../../errors.js";
import { passkeyRegisterForm } from "../../forms/auth/passkeys.js";
import { registerForm } from "../../forms/auth/register.js";
import type { Form } from "../../forms/form.js";
import { toFormErrors } from "../../forms/rejections.js";
import type { User } from "../../models/user.js";
import { isAccount } from "../../services/account/open.js";
import { hasOpened, takeNewPasskey } from "../../services/account/register/passkey.js";
import { isPending } from "../../services/account/register/pending.js";
import { registerUser } from "../../services/account/register/register.js";
import { findUnknown } from "../../services/factors/use-passkey.js";
import { continueAfterLogin } from "../../web/pages/after-login.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { presentSignUpFields } from "../../web/present/profile.js";
import { rateLimits } from "../../web/rate-limits.js";
import { readDeviceCookie } from "../../web/session/device-cookie.js";
import { findSignUp, setRegisterCookie } from "../../web/session/register-cookie.js";
import { startNotedSession } from "./enter.js";

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
  if (!input.ok) return refuse(res, input.form);
  const { password, ...typed } = input.data;
  const own = await findSignUp(req, res);
  const user = await registerUser(getActor(req), typed, { password }, own);
  if (!isAccount(user)) return refuse(res, registerForm.reject(req.body, explain(user, typed, own)));
  await enterNew(req, res, user);
});

/** Opens an account with a passkey instead of a password. Its form is on the same page. */
register.post("/passkey", whereOpen, rateLimits.register, async (req, res) => {
  const input = passkeyRegisterForm.parse(req.body);
  if (!input.ok) return refuse(res, registerForm.reject(req.body, getErrors(input.form)));
  const { credential, ...typed } = input.data;
  const refusePasskey = async (errors: Errors) =>
    refuse(res, registerForm.reject(req.body, errors), await findUnknown(credential));
  const made = await takeNewPasskey(getActor(req), credential, readDeviceCookie(req, res));
  if (made === "exists" && (await hasOpened(credential, typed))) {
    flash(res, "info", "You've already signed up. Log in with your passkey.");
    return res.redirect(303, "/login");
  }
  if (typeof made === "string") return refusePasskey({ "": refusals[made] });
  const own = await findSignUp(req, res);
  const user = await registerUser(getActor(req), typed, made, own);
  if (!isAccount(user)) return refusePasskey(explain(user, typed, own));
  await enterNew(req, res, user, Date.now());
});

/** @param factorAt when the user proved a passkey */
async function enterNew(req: Request, res: Response, user: User, factorAt = 0): Promise<void> {
  if (isPending(user)) {
    setRegisterCookie(res, user);
    return res.redirect(303, "/email-confirmation");
  }
  await startNotedSession(req, res, { user, factorAt });
  flash(res, "success", `Welcome, ${user.username}. Your account is ready.`);
  await continueAfterLogin(req, res, user);
}

type Errors = Record<string, string>;
type Rejection = Exclude<Awaited<ReturnType<typeof registerUser>>, User>;

/** Returns the errors of the form. Says so if this browser has already registered the username. */
function explain(rejection: Rejection, { username }: { username: string }, own: User | null): Errors {
  const isName = isTaken(rejection) && rejection.taken === "username";
  if (!isName || own?.username.toLowerCase() !== username.toLowerCase()) return toFormErrors(rejection);
  return own.passwordHash ? held.password : held.passkey;
}

const held = {
  password: {
    password: "You've already signed up with this username. To change the address, enter the password you chose.",
  },
  passkey: {
    username: "You've already signed up with this username. To change the address, log in with your passkey.",
  },
};
const refusals = {
  invalid: "This passkey couldn't be checked. Try again, within five minutes.",
  exists: "This passkey already belongs to an account. Log in with it.",
  forbidden:
    "This passkey can't be used, because your device didn't ask for your fingerprint, your face or a PIN. Set up one of them and try again, or choose a password.",
};

/** Returns the errors of the fields. The passkey is only named if they are right: otherwise none was created. */
function getErrors({ errors }: Form): Errors {
  const ofFields = errors.filter(({ field }) => field !== "credential");
  const shown = ofFields.length > 0 ? ofFields : errors;
  return Object.fromEntries(shown.map(({ field, message }) => [field ?? "", message]));
}

const page = (form: Form) => ({ form, more: presentSignUpFields() });

/** @param signal tells the browser that no account has the passkey that it has just created */
const refuse = (res: Response, form: Form, signal: object | null = null): void =>
  renderFormErrors(res.status(422), "auth/register/new", { ...page(form), signal });
