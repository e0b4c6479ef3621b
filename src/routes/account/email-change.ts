import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { emailForm } from "../../forms/account/email-change.js";
import { buttonForm } from "../../forms/empty.js";
import type { Form } from "../../forms/form.js";
import { toFormErrors } from "../../forms/rejections.js";
import { MailedLink } from "../../models/mailed-link.js";
import { User } from "../../models/user.js";
import { askForEmailChange, cancelEmailChange } from "../../services/account/email-change.js";
import { mailNotice } from "../../services/mail-limits.js";
import { getLoggedInUser } from "../../web/guards.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { rateLimits } from "../../web/rate-limits.js";
import { verifyOwner } from "./owner-proof.js";

export const accountEmailChange = Router();

accountEmailChange.get("/", async (req, res) => {
  const user = await findOwner(req);
  res.render("account/email-change", await page(user, emailForm(getLoggedInUser(req)).blank()));
});

accountEmailChange.post("/", rateLimits.mails, async (req, res) => {
  const user = await findOwner(req);
  const form = emailForm(getLoggedInUser(req));
  const input = form.parse(req.body);
  if (!input.ok) return refuse(res, user, input.form);
  const { email, currentPassword, once } = input.data;
  if (email === user.email) return refuse(res, user, form.reject(req.body, own));
  if (!(await verifyOwner(req, currentPassword))) {
    return refuse(res, user, form.reject(req.body, wrong));
  }
  const outcome = await askForEmailChange(getActor(req), user, email, once);
  if (outcome !== "done") return refuse(res, user, form.reject(req.body, toFormErrors(outcome)));
  flash(res, "info", `${mailNotice(email)} Open the link in it to confirm the change.`);
  res.redirect(303, "/account/email");
});

accountEmailChange.post("/cancel", async (req, res) => {
  const input = buttonForm.parse(req.body);
  if (!input.ok) return refuse(res, await findOwner(req), emailForm(getLoggedInUser(req)).blank());
  const dropped = await cancelEmailChange(getActor(req), await findOwner(req));
  if (dropped) flash(res, "success", "Email change cancelled.");
  res.redirect(303, "/account/email");
});

const own = { email: "This is already your email address." };
const wrong = { currentPassword: "Incorrect password." };

const findOwner = (req: Request) => User.findById(getLoggedInUser(req).id).orFail();

const page = async (user: User, form: Form) => ({
  form,
  email: user.email,
  pending: await MailedLink.pendingEmail(user),
});

const refuse = async (res: Response, user: User, form: Form) =>
  renderFormErrors(res.status(422), "account/email-change", await page(user, form));
