import { type Request, type RequestHandler, Router } from "express";
import { getActor } from "../../actor.js";
import { NotFound } from "../../errors.js";
import { registerForm } from "../../forms/auth/register.js";
import type { Form } from "../../forms/form.js";
import { toFormErrors } from "../../forms/rejections.js";
import { isAccount } from "../../services/account/open.js";
import { canSetUp, setUp, wasSetUp } from "../../services/account/setup.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { presentSignUpFields } from "../../web/present/profile.js";
import { rateLimits } from "../../web/rate-limits.js";
import { startNotedSession } from "./enter.js";

export const setup = Router();

type WithToken = Request<{ token: string }>;

/** The page exists until there is an account. Its URL is printed at the start, for operators. */
const whileEmpty: RequestHandler<{ token: string }> = async (req, _res, next) => {
  next((await canSetUp(req.params.token)) ? undefined : new NotFound());
};

setup.get("/:token", rateLimits.links, whileEmpty, (req: WithToken, res) => {
  res.render("auth/setup/show", page(req.params.token, registerForm.blank()));
});

const page = (token: string, form: Form) => ({ token, form, more: presentSignUpFields() });

/** Handles a form that was sent again, because the first response may have been lost. */
const unlessDone: RequestHandler<{ token: string }> = async (req, res, next) => {
  if (await canSetUp(req.params.token)) return next();
  const input = registerForm.parse(req.body);
  if (!input.ok || !(await wasSetUp(req.params.token, input.data))) throw new NotFound();
  flash(res, "info", "The first account already exists. Log in to it.");
  res.redirect(303, "/login");
};

setup.post("/:token", rateLimits.links, unlessDone, async (req: WithToken, res) => {
  const { token } = req.params;
  const input = registerForm.parse(req.body);
  if (!input.ok) return renderFormErrors(res.status(422), "auth/setup/show", page(token, input.form));
  const user = await setUp(getActor(req), input.data);
  if (!user) throw new NotFound();
  if (!isAccount(user)) {
    const form = registerForm.reject(req.body, toFormErrors(user));
    return renderFormErrors(res.status(422), "auth/setup/show", page(token, form));
  }
  await startNotedSession(req, res, { user });
  flash(res, "success", `Welcome, ${user.username}. You're the superadmin of this site.`);
  res.redirect(303, "/admin");
});
