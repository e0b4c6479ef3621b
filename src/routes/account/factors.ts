import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { config } from "../../config/index.js";
import { authenticatorForm } from "../../forms/account/factors.js";
import type { Form } from "../../forms/form.js";
import { toAuthenticatorUri } from "../../lib/factors/authenticator.js";
import { drawQrCode } from "../../lib/factors/qr-code.js";
import { formatEmail } from "../../lib/text/email-address.js";
import { hasSecondFactor, type User } from "../../models/user.js";
import { addAuthenticator, removeAuthenticator } from "../../services/factors/authenticator.js";
import { deriveSetupKeys } from "../../services/factors/keys.js";
import { countRecoveryCodes, replaceRecoveryCodes } from "../../services/factors/recovery-codes.js";
import { getLoggedInUser } from "../../web/guards.js";
import { findOwner } from "../../web/owner.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { rateLimits } from "../../web/rate-limits.js";
import { renewSession } from "../../web/session/session.js";

export const accountFactors = Router();

const HERE = "/account/factors";
accountFactors.get("/", async (req, res) => {
  const user = await findOwner(req);
  res.render("account/factors/index", {
    authenticator: user.authenticator
      ? { addedAt: user.authenticator.addedAt, usedAt: user.authenticatorUse?.at }
      : null,
    passkeys: user.passkeys.length,
    codes: { left: await countRecoveryCodes(user), madeAt: user.recoveryCodesMadeAt },
    isProtected: hasSecondFactor(user),
    isRequired: getLoggedInUser(req).mustAddFactor,
  });
});

accountFactors.get("/authenticator", async (req, res) => {
  const user = await findOwner(req);
  if (user.authenticator) return res.redirect(303, HERE);
  res.render("account/factors/authenticator", page(req, user, authenticatorForm.blank()));
});

accountFactors.post("/authenticator", rateLimits.factors, async (req, res) => {
  const user = await findOwner(req);
  if (user.authenticator) return sayExists(res);
  const input = authenticatorForm.parse(req.body);
  if (!input.ok) return refuse(req, res, user, input.form);
  const outcome = await addAuthenticator(getActor(req), user, { code: input.data.code, device: getDevice(req) });
  if (outcome === "invalid") return refuse(req, res, user, authenticatorForm.reject(req.body, wrong));
  if (outcome === "exists") return sayExists(res);
  req.session.factorAt = Date.now();
  await renewSession(req);
  flash(res, "success", "Authenticator app added. You've been logged out on all other devices.");
  res.redirect(303, user.recoveryCodesMadeAt ? HERE : `${HERE}/recovery-codes`);
});

accountFactors.post("/authenticator/remove", async (req, res) => {
  if (await removeAuthenticator(getActor(req), await findOwner(req))) {
    await renewSession(req);
    flash(res, "success", "Authenticator app removed. You've been logged out on all other devices.");
  }
  res.redirect(303, HERE);
});

accountFactors.get("/recovery-codes", async (req, res) => {
  const user = await findOwner(req);
  if (!hasSecondFactor(user)) return res.redirect(303, HERE);
  res.render("account/factors/recovery-codes", { left: await countRecoveryCodes(user), codes: null });
});

accountFactors.post("/recovery-codes", rateLimits.factors, async (req, res) => {
  const codes = await replaceRecoveryCodes(getActor(req), await findOwner(req));
  if (codes) return res.status(201).render("account/factors/recovery-codes", { left: codes.length, codes });
  flash(res, "info", "Add an authenticator app or a passkey first. Recovery codes are a backup in case you lose it.");
  res.redirect(303, HERE);
});

const wrong = {
  code: "This code is wrong. Check your phone's clock, then enter the newest code.",
};

/** Also the answer to a form that was sent twice. */
function sayExists(res: Response): void {
  flash(res, "info", "This account already has an authenticator app.");
  res.redirect(303, HERE);
}

const getDevice = (req: Request) => req.session.device ?? "";

const refuse = (req: Request, res: Response, user: User, form: Form) =>
  renderFormErrors(res.status(422), "account/factors/authenticator", page(req, user, form));

function page(req: Request, user: User, form: Form) {
  const [key] = deriveSetupKeys(user, getDevice(req));
  const uri = toAuthenticatorUri(key, { issuer: config.appName, label: formatEmail(user.email) || user.username });
  return { form, key: key.replace(/.{4}(?=.)/g, "$& "), uri, qrCode: drawQrCode(uri) };
}
