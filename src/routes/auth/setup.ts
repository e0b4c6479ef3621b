import { type Request, type RequestHandler, Router } from "express";
import { actorOf } from "../../actor.js";
import { NotFound } from "../../errors.js";
import { registerForm } from "../../forms/auth/register.js";
import { maySetUp, setUp, wasSetUp } from "../../services/account/setup.js";
import { noteSignIn } from "../../services/session/new-device.js";
import { flash } from "../../web/pages/flash.js";
import { sendBack } from "../../web/pages/problem-json.js";
import { limits } from "../../web/rate-limits.js";
import { markBrowser } from "../../web/session/device-cookie.js";
import { signIn } from "../../web/session/session.js";

export const setup = Router();

type WithToken = Request<{ token: string }>;

/** The page exists while nobody has an account, for whoever knows the address that was printed at the start. */
const whileEmpty: RequestHandler<{ token: string }> = async (req, _res, next) => {
  next((await maySetUp(req.params.token)) ? undefined : new NotFound());
};

const taken = { username: "This username is taken by a sign-up. Choose another." };

setup.get("/:token", limits.links, whileEmpty, (req: WithToken, res) => {
  res.render("auth/setup/show", { token: req.params.token, form: registerForm.blank() });
});

/** The same form once more is answered, for its answer may have been lost. */
const unlessDone: RequestHandler<{ token: string }> = async (req, res, next) => {
  if (await maySetUp(req.params.token)) return next();
  const input = registerForm.parse(req.body);
  if (!input.ok || !(await wasSetUp(req.params.token, input.data))) throw new NotFound();
  flash(res, "info", "The first account is there. Log in to it.");
  res.redirect(303, "/login");
};

setup.post("/:token", limits.links, unlessDone, async (req: WithToken, res) => {
  const { token } = req.params;
  const input = registerForm.parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "auth/setup/show", { token, form: input.form });
  const user = await setUp(actorOf(req), input.data);
  if (!user) throw new NotFound();
  if (user === "username-taken")
    return sendBack(res.status(422), "auth/setup/show", { token, form: registerForm.reject(req.body, taken) });
  await signIn(req, user, await noteSignIn(actorOf(req), user, markBrowser(req, res)));
  flash(res, "success", `Welcome, ${user.username}. You are the superadmin of this site.`);
  res.redirect(303, "/admin");
});
