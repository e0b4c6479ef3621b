import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { loginForm } from "../../forms/auth/login.js";
import { recoveryForm, secondFactorForm } from "../../forms/auth/second-factor.js";
import type { Form } from "../../forms/form.js";
import { Device } from "../../models/device.js";
import type { User } from "../../models/user.js";
import { describeFactorRecovery } from "../../services/factors/factor-recovery.js";
import { type TypedCode, verifyCode } from "../../services/factors/verify.js";
import { continueAfterLogin } from "../../web/pages/after-login.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { getWantedPage, withReturnTo } from "../../web/pages/return-to.js";
import { readCarried } from "../../web/pages/typed.js";
import { rateLimits } from "../../web/rate-limits.js";
import { readDeviceCookie } from "../../web/session/device-cookie.js";
import { findPendingLogin, finishPendingLogin, type Pending } from "../../web/session/pending-login.js";
import { enterWithFactor } from "./enter.js";

/** The second step of a login. Nobody is logged in before it is complete. */
export const secondFactor = Router();

const HERE = "/login/second-factor";
const later = "After several wrong codes, wait 15 minutes before you try again.";
const wrongCode = { code: `This code is wrong or was used before. Wait for the next one. ${later}` };
const wrongRecoveryCode = { recoveryCode: `This recovery code is wrong or was used before. ${later}` };
const expired = "This step is no longer valid: it lasts five minutes. Log in again.";

secondFactor.get("/second-factor", async (req, res) => {
  const pending = await findPendingLogin(req, res);
  if (!pending) return startAgain(req, res);
  if (!pending.user.authenticator && pending.user.passkeys.length === 0) return startAgain(req, res);
  res.render("auth/second-factor/new", page(pending.user, secondFactorForm.blank()));
});

secondFactor.post("/second-factor", rateLimits.login, async (req, res) => {
  const pending = await findPendingLogin(req, res);
  if (!pending) return startAgain(req, res);
  const input = secondFactorForm.parse(req.body);
  if (!input.ok) return refuseStep(res.status(422), pending, input.form);
  const { code, trust } = input.data;
  if (!(await prove(req, res, pending, { code })))
    return refuseStep(res.status(401), pending, secondFactorForm.reject(req.body, wrongCode));
  await completeStep(req, res, pending, { trust: trust === "on" });
});

secondFactor.get("/recovery", async (req, res) => {
  const pending = await findPendingLogin(req, res);
  if (!pending) return startAgain(req, res);
  res.render("auth/second-factor/recovery", { form: recoveryForm.blank() });
});

secondFactor.post("/recovery", rateLimits.login, async (req, res) => {
  const pending = await findPendingLogin(req, res);
  if (!pending) return startAgain(req, res);
  const input = recoveryForm.parse(req.body);
  const refuse = (status: number, form: Form) =>
    renderFormErrors(res.status(status), "auth/second-factor/recovery", { form });
  if (!input.ok) return refuse(422, input.form);
  if (!(await prove(req, res, pending, input.data)))
    return refuse(401, recoveryForm.reject(req.body, wrongRecoveryCode));
  await completeStep(req, res, pending);
});

/** Asks for the second factor after the first one. Input that the login form carries stays in the page. */
export function askForFactor(req: Request, res: Response, user: User): void {
  if (readCarried(req)) {
    res.locals.path = HERE;
    res.status(401).render("auth/second-factor/new", page(user, secondFactorForm.blank()));
  } else res.redirect(303, withReturnTo(HERE, req, getWantedPage(req) ?? ""));
}

async function prove(req: Request, res: Response, { user }: Pending, typed: TypedCode): Promise<boolean> {
  const device = (await Device.findEntries(readDeviceCookie(req, res))).get(user.id)?.id ?? null;
  return verifyCode(getActor(req), { user, device }, typed);
}

/** Shows the second step again, with errors. */
export const refuseStep = (res: Response, { user }: Pending, form: Form): void =>
  renderFormErrors(res, "auth/second-factor/new", page(user, form));

/**
 * Logs in the user after the second factor.
 * @param by.trust true to skip it at the next logins with this browser
 * @param by.isVerified true for a passkey that verified its user: it counts alone, whatever came before
 */
export async function completeStep(
  req: Request,
  res: Response,
  pending: Pending,
  { trust = false, isVerified = false } = {},
): Promise<void> {
  if (!(await finishPendingLogin(res, pending))) return startAgain(req, res);
  const { user, step } = pending;
  await enterWithFactor(req, res, { user, remember: step.remember, trust, isRecent: step.byPassword || isVerified });
  await continueAfterLogin(req, res, user);
}

/** Returns to the login, because the step has expired, or belongs to an earlier state of the account. */
export function startAgain(req: Request, res: Response): void {
  if (readCarried(req)) {
    res.locals.path = "/login";
    renderFormErrors(res.status(401), "auth/login/new", { form: loginForm.reject({}, { "": expired }) });
  } else {
    if (req.method === "POST") flash(res, "info", expired);
    res.redirect(303, withReturnTo("/login", req, getWantedPage(req) ?? ""));
  }
}

const page = (user: User, form: Form) => ({
  form,
  recovery: recoveryForm.blank(),
  username: user.username,
  isDue: describeFactorRecovery(user).state === "due",
  has: { authenticator: Boolean(user.authenticator), passkeys: user.passkeys.length > 0 },
});
