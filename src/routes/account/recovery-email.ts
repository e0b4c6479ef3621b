import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { recoveryEmailForm } from "../../forms/account/recovery-email.js";
import { buttonForm } from "../../forms/empty.js";
import type { Form } from "../../forms/form.js";
import { toFormErrors } from "../../forms/rejections.js";
import { formatEmail } from "../../lib/text/email-address.js";
import { MailedLink } from "../../models/mailed-link.js";
import { User } from "../../models/user.js";
import {
  askForRecoveryEmail,
  cancelRecoveryEmail,
  removeRecoveryEmail,
  resendRecoveryEmail,
} from "../../services/account/recovery-email.js";
import { mailNotice } from "../../services/mail-limits.js";
import { getLoggedInUser } from "../../web/guards.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { rateLimits } from "../../web/rate-limits.js";
import { verifyOwner } from "./owner-proof.js";

export const accountRecoveryEmail = Router();

accountRecoveryEmail.get("/", async (req, res) => {
  const user = await findOwner(req);
  res.render("account/recovery-email", await page(user, recoveryEmailForm(getLoggedInUser(req)).blank()));
});

accountRecoveryEmail.post("/", rateLimits.mails, async (req, res) => {
  const user = await findOwner(req);
  const form = recoveryEmailForm(getLoggedInUser(req));
  const input = form.parse(req.body);
  if (!input.ok) return refuse(res, user, input.form);
  const { email, currentPassword, once } = input.data;
  if (email === user.email) return refuse(res, user, form.reject(req.body, own));
  if (!(await verifyOwner(req, currentPassword))) {
    return refuse(res, user, form.reject(req.body, wrong));
  }
  const outcome = await askForRecoveryEmail(getActor(req), user, email, once);
  if (outcome === "exists") return refuse(res, user, form.reject(req.body, exists));
  if (outcome !== "done") return refuse(res, user, form.reject(req.body, toFormErrors(outcome)));
  flash(res, "info", `${mailNotice(email)} Open the link in it to confirm the address.`);
  res.redirect(303, "/account/addresses");
});

accountRecoveryEmail.post("/resend", rateLimits.mails, async (req, res) => {
  if (!buttonForm.parse(req.body).ok)
    return refuse(res, await findOwner(req), recoveryEmailForm(getLoggedInUser(req)).blank());
  const email = await resendRecoveryEmail(getActor(req), await findOwner(req));
  if (email) flash(res, "info", `${mailNotice(email)} Open the link in it to confirm the address.`);
  res.redirect(303, "/account/addresses");
});

accountRecoveryEmail.post("/cancel", async (req, res) => {
  if (!buttonForm.parse(req.body).ok)
    return refuse(res, await findOwner(req), recoveryEmailForm(getLoggedInUser(req)).blank());
  const isCancelled = await cancelRecoveryEmail(getActor(req), await findOwner(req));
  if (isCancelled) flash(res, "success", "Recovery email address cancelled.");
  res.redirect(303, "/account/addresses");
});

accountRecoveryEmail.post("/remove", async (req, res) => {
  if (!buttonForm.parse(req.body).ok)
    return refuse(res, await findOwner(req), recoveryEmailForm(getLoggedInUser(req)).blank());
  const user = await findOwner(req);
  const isRemoved = await removeRecoveryEmail(getActor(req), user);
  if (isRemoved)
    flash(
      res,
      "success",
      `${formatEmail(user.recoveryEmail?.address ?? null)} is no longer your recovery email address.`,
    );
  res.redirect(303, "/account/addresses");
});

const own = { email: "This is already your email address." };
const exists = { email: "You already have a recovery email address. Remove it first." };
const wrong = { currentPassword: "Incorrect password." };

const findOwner = (req: Request) => User.findById(getLoggedInUser(req).id).orFail();

const page = async (user: User, form: Form) => ({
  form,
  email: user.email,
  recoveryEmail: user.recoveryEmail?.address ?? null,
  pending: await MailedLink.pendingEmail(user, "recovery-email"),
});

const refuse = async (res: Response, user: User, form: Form) =>
  renderFormErrors(res.status(422), "account/recovery-email", await page(user, form));
