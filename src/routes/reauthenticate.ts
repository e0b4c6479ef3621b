import { Router } from "express";
import { reauthenticateForm } from "../forms/reauthenticate.js";
import { User } from "../models/user.js";
import { signedIn } from "../web/guards.js";
import { limits, spendLoginAttempt } from "../web/limits.js";
import { sendBack } from "../web/problems.js";
import { takeRememberedPage } from "../web/return-to.js";
import { renewSessionOf } from "../web/session.js";

export const reauthenticate = Router();

const wrong = { password: "This is not the password of your account." };

reauthenticate.get("/", (_req, res) => {
  res.render("reauthenticate/new", { form: reauthenticateForm.blank() });
});

reauthenticate.post("/", limits.login, async (req, res) => {
  const input = reauthenticateForm.parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "reauthenticate/new", { form: input.form });
  const { id } = signedIn(req);
  await spendLoginAttempt(req, id, true);
  const user = await User.authenticate(await User.findById(id, "+passwordHash"), input.data.password);
  if (!user)
    return sendBack(res.status(401), "reauthenticate/new", { form: reauthenticateForm.reject(req.body, wrong) });
  await renewSessionOf(req, user);
  res.redirect(303, takeRememberedPage(req, res));
});
