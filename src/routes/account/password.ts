import { Router } from "express";
import { actorOf } from "../../actor.js";
import { passwordForm } from "../../forms/account/password.js";
import type { Form } from "../../forms/form.js";
import { User } from "../../models/user.js";
import { changePassword } from "../../services/passwords.js";
import { flash } from "../../web/flash.js";
import { signedIn } from "../../web/guards.js";
import { spendLoginAttempt } from "../../web/limits.js";
import { sendBack } from "../../web/problems.js";
import { renewSession } from "../../web/session.js";

export const password = Router();

password.get("/", async (req, res) => {
  const user = await User.findById(signedIn(req).id).orFail();
  res.render("account/password", page(user, passwordForm(user).blank()));
});

password.post("/", async (req, res) => {
  const user = await User.findById(signedIn(req).id).orFail();
  const form = passwordForm(user);
  const input = form.parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "account/password", page(user, input.form));
  await spendLoginAttempt(req, user.id, true);
  if (!(await user.isPasswordCorrect(input.data.currentPassword))) {
    return sendBack(res.status(422), "account/password", page(user, form.reject(req.body, wrong)));
  }
  if (await changePassword(actorOf(req), user, input.data.password)) {
    await renewSession(req);
    flash(res, "success", "Your password is changed. You are logged out everywhere else.");
  } else flash(res, "error", "Your password was changed elsewhere at the same moment. This change was not made.");
  res.redirect(303, "/account/password");
});

const wrong = { currentPassword: "This is not your current password." };

const page = ({ username, email }: User, form: Form) => ({ form, owner: { username, email } });
