import { type Request, Router } from "express";
import { actorOf } from "../actor.js";
import { DeadLink } from "../errors.js";
import type { Form } from "../forms/form.js";
import { newPasswordForm, passwordResetForm } from "../forms/password-reset.js";
import { Device } from "../models/device.js";
import type { Grant } from "../models/token.js";
import { mailNotice } from "../services/mail-budget.js";
import { askForReset, findReset, resetPassword } from "../services/passwords.js";
import { browserOf, markBrowser } from "../web/device.js";
import { flash } from "../web/flash.js";
import { limits } from "../web/limits.js";
import { sendBack } from "../web/problems.js";
import { signOut } from "../web/session.js";

export const passwordReset = Router();

passwordReset.get("/", (_req, res) => {
  res.render("password-reset/new", { form: passwordResetForm.blank() });
});

passwordReset.post("/", limits.mails, async (req, res) => {
  const input = passwordResetForm.parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "password-reset/new", { form: input.form });
  const { email } = input.data;
  await askForReset(actorOf(req), email, await Device.accountsOf(browserOf(req, res)));
  flash(res, "info", `${mailNotice(email)} Look into your mailbox.`);
  res.redirect(303, "/password-reset");
});

passwordReset.get("/:token", async (req: Request<{ token: string }>, res) => {
  const { token } = req.params;
  const { user } = await living(token);
  res.render("password-reset/show", page(token, user, newPasswordForm(user).blank()));
});

passwordReset.post("/:token", limits.links, async (req: Request<{ token: string }>, res) => {
  const { token } = req.params;
  const grant = await living(token);
  const input = newPasswordForm(grant.user).parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "password-reset/show", page(token, grant.user, input.form));
  const done = await resetPassword(actorOf(req), grant, input.data.password, markBrowser(req, res));
  if (!done) throw new DeadLink("/password-reset");
  if (req.user?.id === grant.user.id) await signOut(req, res);
  flash(res, "success", "Your new password is set. Log in with it.");
  res.redirect(303, "/login");
});

/** @throws DeadLink */
async function living(token: string): Promise<Grant> {
  const grant = await findReset(token);
  if (!grant) throw new DeadLink("/password-reset");
  return grant;
}

const page = (token: string, { username, email }: Grant["user"], form: Form) => ({
  token,
  owner: { username, email },
  form,
});
