import { Router } from "express";
import { actorOf } from "../actor.js";
import { registerForm } from "../forms/register.js";
import { register as openAccount } from "../services/registration.js";
import { flash } from "../web/flash.js";
import { limits } from "../web/limits.js";
import { sendBack } from "../web/problems.js";
import { takeRememberedPage } from "../web/return-to.js";
import { signIn } from "../web/session.js";

export const register = Router();

register.get("/", (_req, res) => {
  res.render("register/new", { form: registerForm.blank() });
});

register.post("/", limits.register, async (req, res) => {
  const input = registerForm.parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "register/new", { form: input.form });
  const result = await openAccount(actorOf(req), input.data);
  if (!result.ok)
    return sendBack(res.status(422), "register/new", { form: registerForm.reject(req.body, taken[result.taken]) });
  await signIn(req, result.user);
  flash(res, "success", `Welcome, ${result.user.username}. Your account is ready.`);
  res.redirect(303, takeRememberedPage(req, res));
});

const taken = {
  username: { username: "This username is taken. Choose another." },
  email: { email: "There is an account with this address already. Log in instead?" },
};
