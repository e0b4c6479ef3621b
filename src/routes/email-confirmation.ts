import { type Request, Router } from "express";
import { actorOf } from "../actor.js";
import { BadRequest, DeadLink } from "../errors.js";
import { buttonForm } from "../forms/button.js";
import { emailConfirmationForm } from "../forms/email-confirmation.js";
import { Device } from "../models/device.js";
import { Token } from "../models/token.js";
import { User } from "../models/user.js";
import { askAgain, confirmEmail, correctAddress } from "../services/email-confirmation.js";
import { noteSignIn } from "../services/sign-in.js";
import { browserOf, markBrowser } from "../web/device.js";
import { flash } from "../web/flash.js";
import { goOn } from "../web/go-on.js";
import { limits } from "../web/limits.js";
import { sendBack } from "../web/problems.js";
import { signIn } from "../web/session.js";

export const emailConfirmation = Router();

emailConfirmation.get("/", (req, res) => {
  if (req.user?.isEmailConfirmed) return res.redirect(303, "/dashboard");
  res.render("email-confirmation/new", { form: emailConfirmationForm.blank({ email: req.user?.email ?? "" }) });
});

emailConfirmation.post("/", limits.mails, async (req, res) => {
  if (req.user?.isEmailConfirmed) return res.redirect(303, "/dashboard");
  const input = emailConfirmationForm.parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "email-confirmation/new", { form: input.form });
  const { email } = input.data;
  if (req.user) await correctAddress(await User.findById(req.user.id).orFail(), email);
  else await askAgain(email, await Device.accountsOf(browserOf(req, res)));
  flash(res, "info", `A mail is on its way to ${email}. Look into your mailbox.`);
  res.redirect(303, "/email-confirmation");
});

emailConfirmation.get("/:token", async (req: Request<{ token: string }>, res) => {
  const grant = await Token.find(req.params.token, "email-confirmation");
  if (!grant) throw new DeadLink("/email-confirmation");
  res.render("email-confirmation/show", { token: req.params.token, email: grant.email, username: grant.user.username });
});

emailConfirmation.post("/:token", limits.links, async (req: Request<{ token: string }>, res) => {
  if (!buttonForm.parse(req.body).ok) throw new BadRequest();
  const user = await confirmEmail(actorOf(req), req.params.token);
  if (!user) throw new DeadLink("/email-confirmation");
  if (req.user && req.user.id !== user.id) {
    flash(
      res,
      "success",
      `The address of ${user.username} is confirmed. You are still signed in as ${req.user.username}.`,
    );
    return res.redirect(303, "/dashboard");
  }
  flash(res, "success", `Welcome, ${user.username}. Your address is confirmed.`);
  await signIn(req, user, await noteSignIn(actorOf(req), user, markBrowser(req, res)));
  await goOn(req, res);
});
