import { type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { passwordForm } from "../../forms/account/password.js";
import type { Form } from "../../forms/form.js";
import { changePassword, getPasswordOwner } from "../../services/account/password.js";
import { verifyCurrentPassword } from "../../services/account/reauthenticate.js";
import { getLoggedInUser } from "../../web/guards.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { HOME } from "../../web/pages/return-to.js";
import { renewSession } from "../../web/session/session.js";

export const accountPassword = Router();

accountPassword.get("/", (req, res) => {
  const owner = getPasswordOwner(getLoggedInUser(req));
  res.render("account/password", { form: passwordForm(owner).blank(), owner });
});

accountPassword.post("/", async (req, res) => {
  const form = passwordForm(getPasswordOwner(getLoggedInUser(req)));
  const input = form.parse(req.body);
  if (!input.ok) return refuse(res, input.form);
  const { currentPassword, password } = input.data;
  const { mustChangePassword } = getLoggedInUser(req);
  const user = await verifyCurrentPassword(getActor(req), getLoggedInUser(req), req.session.device, currentPassword);
  if (!user) return refuse(res, form.reject(req.body, wrong));
  if (await changePassword(getActor(req), user, password)) {
    await renewSession(req);
    flash(res, "success", "Password changed. You've been logged out on all other devices. API tokens stay valid.");
    if (mustChangePassword) return res.redirect(303, HOME);
  } else flash(res, "error", "Your password was changed somewhere else at the same time, so this change wasn't saved.");
  res.redirect(303, "/account/password");
});

const wrong = { currentPassword: "Incorrect password." };

const refuse = (res: Response, form: Form) =>
  renderFormErrors(res.status(422), "account/password", {
    form,
    owner: getPasswordOwner(getLoggedInUser(res.req)),
  });
