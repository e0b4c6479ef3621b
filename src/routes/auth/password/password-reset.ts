import { type Request, type Response, Router } from "express";
import { getActor } from "../../../actor.js";
import { InvalidLink } from "../../../errors.js";
import { newPasswordForm, passwordResetForm } from "../../../forms/auth/password-reset.js";
import type { Form } from "../../../forms/form.js";
import type { ValidLink } from "../../../models/mailed-link.js";
import { getPasswordOwner } from "../../../services/account/password.js";
import { askForReset, findReset, isSpentReset, resetPassword } from "../../../services/account/password-reset.js";
import { mailNotice } from "../../../services/mail/limits.js";
import { flash } from "../../../web/pages/flash.js";
import { renderFormErrors } from "../../../web/pages/problem-json.js";
import { rateLimits } from "../../../web/rate-limits.js";
import { ensureDeviceCookie } from "../../../web/session/device-cookie.js";
import { listKnownAccounts } from "../../../web/session/known-accounts.js";
import { endSession } from "../../../web/session/session.js";

export const passwordReset = Router();

passwordReset.get("/", (_req, res) => {
  res.render("auth/password-reset/new", { form: passwordResetForm.blank() });
});

passwordReset.post("/", rateLimits.mails, async (req, res) => {
  const input = passwordResetForm.parse(req.body);
  if (!input.ok) return renderFormErrors(res.status(422), "auth/password-reset/new", { form: input.form });
  const { email, once } = input.data;
  await askForReset(getActor(req), email, await listKnownAccounts(req, res), once);
  flash(res, "info", `${mailNotice(email)} Check your inbox.`);
  res.redirect(303, "/password-reset");
});

passwordReset.get("/:token", async (req: Request<{ token: string }>, res) => {
  const { token } = req.params;
  const grant = await findReset(token);
  if (!grant) return spent(req, res);
  const { user } = grant;
  res.render("auth/password-reset/show", page(token, user, newPasswordForm(getPasswordOwner(user)).blank()));
});

passwordReset.post("/:token", rateLimits.links, async (req: Request<{ token: string }>, res) => {
  const { token } = req.params;
  const grant = await findReset(token);
  if (!grant) return spent(req, res);
  const input = newPasswordForm(getPasswordOwner(grant.user)).parse(req.body);
  if (!input.ok)
    return renderFormErrors(res.status(422), "auth/password-reset/show", page(token, grant.user, input.form));
  const done = await resetPassword(getActor(req), grant, input.data.password, ensureDeviceCookie(req, res));
  if (!done) return spent(req, res);
  if (req.user?.id === grant.user.id) await endSession(req, res);
  flash(res, "success", "Your password has been reset. You can log in now.");
  res.redirect(303, "/login");
});

/** Handles a used link: the response was lost, or the button was clicked twice. @throws InvalidLink */
async function spent(req: Request<{ token: string }>, res: Response): Promise<void> {
  if (!(await isSpentReset(req.params.token))) throw new InvalidLink("/password-reset");
  flash(res, "info", "This link has already been used to set a new password. Log in with that one.");
  res.redirect(303, req.user ? "/dashboard" : "/login");
}

const page = (token: string, user: ValidLink["user"], form: Form) => ({
  token,
  owner: getPasswordOwner(user),
  form,
});
