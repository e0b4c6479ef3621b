import { type Request, type Response, Router } from "express";
import { getActor } from "../../../actor.js";
import { InvalidLink } from "../../../errors.js";
import { chosenPasswordForm, confirmationForm } from "../../../forms/auth/email-confirmation.js";
import type { Form } from "../../../forms/form.js";
import { formatEmail } from "../../../lib/text/email-address.js";
import { MailedLink, type ValidLink } from "../../../models/mailed-link.js";
import type { User } from "../../../models/user.js";
import { confirmEmail } from "../../../services/account/email-confirmation.js";
import { isPasskeySignUp, isPasswordOfSignUp } from "../../../services/account/register/proof.js";
import { continueAfterLogin } from "../../../web/pages/after-login.js";
import { flash } from "../../../web/pages/flash.js";
import { renderFormErrors } from "../../../web/pages/problem-json.js";
import { showDone } from "../../../web/pages/used-link.js";
import { rateLimits } from "../../../web/rate-limits.js";
import { clearRegisterCookie, readRegisterCookie } from "../../../web/session/register-cookie.js";
import { reissueRememberCookie } from "../../../web/session/remember-cookie.js";
import { enter } from "../enter.js";
import { askForFactor } from "../second-factor.js";

export const emailConfirmationLink = Router();

const PURPOSE = "email-confirmation";
type WithToken = Request<{ token: string }>;

emailConfirmationLink.get("/:token", async (req: WithToken, res) => {
  const grant = await MailedLink.find(req.params.token, PURPOSE);
  if (!grant) return showUsed(req, res);
  res.render("auth/email-confirmation/show", await page(req, res, grant, confirmationForm.blank()));
});

emailConfirmationLink.post("/:token", rateLimits.links, async (req: WithToken, res) => {
  const grant = await MailedLink.find(req.params.token, PURPOSE);
  if (!grant) return repeat(req, res);
  const input = confirmationForm.parse(req.body);
  if (!input.ok) return refuse(req, res, grant, input.form);
  const { password, newPassword } = input.data;
  const mistakes = isOwn(req, res, grant.user) ? null : await mistakesIn(req, grant, { password, newPassword });
  if (mistakes) return refuse(req, res, grant, confirmationForm.reject(req.body, mistakes));
  const user = await confirmEmail(getActor(req), grant, isOwn(req, res, grant.user) ? undefined : newPassword);
  if (!user) return repeat(req, res);
  await welcome(req, res, user);
});

/** Returns true if the registration was made with this browser, or if its user is logged in here. */
function isOwn(req: Request, res: Response, user: User): boolean {
  if (req.user) return req.user.id === user.id;
  const made = readRegisterCookie(req, res);
  return made?.id === user.id && made?.epoch === user.sessionEpoch;
}

type Typed = { password: string | undefined; newPassword: string | undefined };

/** Returns the errors of the form that asks for a password, because someone else may have registered this email. */
async function mistakesIn(req: Request, { user }: ValidLink, { password, newPassword }: Typed) {
  if (newPassword !== undefined) {
    const chosen = chosenPasswordForm(user).parse({ password: newPassword });
    return chosen.ok ? null : { newPassword: chosen.form.fields.password?.error ?? "Choose another password." };
  }
  if (password === undefined) return (await isPasskeySignUp(user)) ? needed.passkey : needed.password;
  return (await isPasswordOfSignUp(getActor(req), user, password)) ? null : wrong;
}

const needed = {
  passkey: { "": "Log in with your passkey, or choose a password." },
  password: { password: "Enter the password you chose when you signed up, or choose a new one below." },
};
const wrong = { password: "Incorrect password. If you don't know it, choose a new one below." };

async function welcome(req: Request, res: Response, user: User): Promise<void> {
  if (req.user && req.user.id !== user.id) {
    const still = `You're still logged in as ${req.user.username}.`;
    flash(res, "success", `The email address of ${user.username} is confirmed. ${still}`);
    return res.redirect(303, "/dashboard");
  }
  clearRegisterCookie(req, res, user);
  const wasIn = req.user !== undefined;
  const entered = await enter(req, res, { user });
  if (entered === "pending") {
    flash(res, "success", `${formatEmail(user.email)} is confirmed.`);
    return askForFactor(req, res, user);
  }
  if (wasIn) await reissueRememberCookie(req, res, user);
  flash(res, "success", `Welcome, ${user.username}. Your email address is confirmed.`);
  await continueAfterLogin(req, res);
}

/** Handles a link that was already used: the response was lost, or the button was clicked twice. @throws InvalidLink */
async function repeat(req: WithToken, res: Response): Promise<void> {
  const used = await MailedLink.findUsed(req.params.token, PURPOSE);
  if (!used) throw new InvalidLink("/email-confirmation");
  clearRegisterCookie(req, res, used.user);
  flash(res, "success", `${formatEmail(used.email)} is confirmed.${req.user ? "" : " You can log in now."}`);
  res.redirect(303, req.user ? "/dashboard" : "/login");
}

async function showUsed(req: WithToken, res: Response): Promise<void> {
  const used = await MailedLink.findUsed(req.params.token, PURPOSE);
  if (!used) throw new InvalidLink("/email-confirmation");
  const there = req.user ? { to: "/dashboard", button: "Go to dashboard" } : { to: "/login", button: "Log in" };
  showDone(res, {
    title: "Your email address is confirmed",
    text: `This link has already confirmed ${formatEmail(used.email)}.`,
    ...there,
  });
}

async function page(req: WithToken, res: Response, { user, email }: ValidLink, form: Form) {
  const { username, lastLoginAt } = user;
  return {
    token: req.params.token,
    email,
    username,
    isOwn: isOwn(req, res, user),
    wasUsed: Boolean(lastLoginAt),
    isByPasskey: await isPasskeySignUp(user),
    form,
  };
}

const refuse = async (req: WithToken, res: Response, grant: ValidLink, form: Form) =>
  renderFormErrors(res.status(422), "auth/email-confirmation/show", await page(req, res, grant, form));
