import { type Request, type Response, Router } from "express";
import { getActor } from "../../../actor.js";
import { isRefused, type Refused } from "../../../definitions/outcomes.js";
import { isRecentNeeded } from "../../../definitions/proofs.js";
import { emailConfirmationForm } from "../../../forms/auth/email-confirmation.js";
import type { Form } from "../../../forms/form.js";
import { toFormErrors } from "../../../forms/rejections.js";
import { formatEmail } from "../../../lib/text/email-address.js";
import type { User } from "../../../models/user.js";
import { askAgain, correctAddress } from "../../../services/account/email-confirmation.js";
import { verifyCurrentPassword } from "../../../services/account/reauthenticate.js";
import { mailNotice } from "../../../services/mail/limits.js";
import { isRecent, RECENT_MS } from "../../../web/guards.js";
import { findOwner } from "../../../web/owner.js";
import { flash } from "../../../web/pages/flash.js";
import { renderFormErrors } from "../../../web/pages/problem-json.js";
import { ProofNeeded } from "../../../web/pages/refusals.js";
import { withReturnTo } from "../../../web/pages/return-to.js";
import { countSignUp, rateLimits } from "../../../web/rate-limits.js";
import { listKnownAccounts } from "../../../web/session/known-accounts.js";
import { findSignUp, readRegisterCookie, setRegisterCookie } from "../../../web/session/register-cookie.js";
import { renewSession } from "../../../web/session/session.js";
import { verifyOwner } from "../../account/owner-proof.js";

export const emailConfirmation = Router();

emailConfirmation.get("/", async (req, res) => {
  if (req.user?.isEmailConfirmed) return res.redirect(303, "/dashboard");
  const user = await signUpHere(req, res);
  res.render(
    "auth/email-confirmation/new",
    page(req, user, emailConfirmationForm.blank({ email: formatEmail(user?.email ?? null) })),
  );
});

emailConfirmation.post("/", rateLimits.mails, async (req, res) => {
  if (req.user?.isEmailConfirmed) return res.redirect(303, "/dashboard");
  const user = await signUpHere(req, res);
  const input = emailConfirmationForm.parse(req.body);
  if (!input.ok) return refuse(res, user, input.form);
  const { email, currentPassword = "", once } = input.data;
  if (user && email !== user.email) await countSignUp(req); // sends to a new email, like a registration
  if (!user) await askAgain(email, await listKnownAccounts(req, res), once);
  else if (!(await mayCorrect(req, res, user, { email, currentPassword }))) {
    return refuse(res, user, emailConfirmationForm.reject(req.body, hasPassword(req, user) ? wrong : tooOld));
  } else {
    const refused = await correct(req, res, user, { email, once });
    if (refused) return refuse(res, user, emailConfirmationForm.reject(req.body, toFormErrors(refused)));
  }
  flash(res, "info", mailNotice(email));
  res.redirect(303, "/email-confirmation");
});

const tooOld = { "": "To change the address, log in again with your passkey. If you are logged in, log out first." };
const wrong = { currentPassword: "Incorrect password. Enter your current password to change the address." };

/** Finds the account to show: that of the logged-in user, or the registration made with this browser. */
const signUpHere = async (req: Request, res: Response): Promise<User | null> =>
  req.user ? findOwner(req) : findSignUp(req, res);

/** Returns true if the logged-in user, or the registration made with this browser, has a password. */
const hasPassword = (req: Request, user: User | null): boolean => req.user?.hasPassword ?? Boolean(user?.passwordHash);

/**
 * Asks for the password of a used account before its email changes, or for a recent login with the passkey. Otherwise
 * someone at an open browser could take it over.
 * @throws ProofNeeded where `/account/email` asks for a recent login, too, such as with a second factor
 */
async function mayCorrect(req: Request, res: Response, user: User, typed: { email: string; currentPassword: string }) {
  if (typed.email === user.email || !user.lastLoginAt) return true;
  if (req.user) {
    if (isRecentNeeded("password", req.user) && !isRecent(req))
      throw new ProofNeeded(withReturnTo("/reauthenticate", req, "/email-confirmation"));
    return (await verifyOwner(req, typed.currentPassword)) !== null;
  }
  if (!user.passwordHash) return (readRegisterCookie(req, res)?.at ?? 0) > Date.now() - RECENT_MS;
  return (await verifyCurrentPassword(getActor(req), user, undefined, typed.currentPassword)) !== null;
}

type Wanted = { email: string; once?: string | undefined };

/** Returns the refusal of the email by a rule, or null. */
async function correct(req: Request, res: Response, user: User, { email, once }: Wanted): Promise<Refused | null> {
  const { sessionEpoch } = user;
  const corrected = await correctAddress(getActor(req), user, email, once);
  if (isRefused(corrected)) return corrected;
  if (!corrected || corrected.sessionEpoch === sessionEpoch) return null;
  if (req.user) await renewSession(req);
  else setRegisterCookie(res, corrected);
  return null;
}

const page = (req: Request, user: User | null, form: Form) => ({
  form,
  needsPassword: Boolean(user?.lastLoginAt) && hasPassword(req, user),
  username: user?.username,
  address: formatEmail(user?.email ?? null),
});

const refuse = (res: Response, user: User | null, form: Form) =>
  renderFormErrors(res.status(422), "auth/email-confirmation/new", page(res.req, user, form));
