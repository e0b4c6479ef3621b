import { type RequestHandler, type Response, Router } from "express";
import { type Actor, getActor } from "../../../actor.js";
import type { Outcome, Refused } from "../../../definitions/outcomes.js";
import type { emailForm } from "../../../forms/account/email-change.js";
import { buttonForm } from "../../../forms/empty.js";
import type { Form } from "../../../forms/form.js";
import { toFormErrors } from "../../../forms/rejections.js";
import { MailedLink } from "../../../models/mailed-link.js";
import type { User } from "../../../models/user.js";
import { mailNotice } from "../../../services/mail/limits.js";
import { getLoggedInUser } from "../../../web/guards.js";
import { findOwner } from "../../../web/owner.js";
import { flash } from "../../../web/pages/flash.js";
import { renderFormErrors } from "../../../web/pages/problem-json.js";
import { rateLimits } from "../../../web/rate-limits.js";
import { verifyOwner } from "../owner-proof.js";

/** A form that requests a link to a new address of the account. */
type AddressForm = {
  purpose: "email-change" | "recovery-email";
  /** The address of the page. */
  page: string;
  form: typeof emailForm;
  request: (actor: Actor, user: User, email: string, once?: string) => Promise<Refused | Outcome<"done" | "exists">>;
  /** What the link in the email confirms. */
  confirms: "the change" | "the address";
  /** Further values for the view, which gets the primary address and the pending one. */
  describe?: (user: User) => object;
};
/** What a button does. Returns the message for the user, or null if it changed nothing. */
type Press = (actor: Actor, user: User) => Promise<string | null>;

/** Serves the page with such a form. `serveButton` adds the buttons of the page. */
export function serveAddressForm({ purpose, page, form, request, confirms, describe = () => ({}) }: AddressForm) {
  const router = Router();
  const notice = (email: string) => `${mailNotice(email)} Open the link in it to confirm ${confirms}.`;
  const toLocals = async (user: User, shown: Form) => ({
    form: shown,
    email: user.email,
    pending: await MailedLink.pendingEmail(user, purpose),
    ...describe(user),
  });
  const refuse = async (res: Response, user: User, shown: Form) =>
    renderFormErrors(res.status(422), `account/${purpose}`, await toLocals(user, shown));

  router.get("/", async (req, res) => {
    const user = await findOwner(req);
    res.render(`account/${purpose}`, await toLocals(user, form(getLoggedInUser(req)).blank()));
  });

  router.post("/", rateLimits.mails, async (req, res) => {
    const user = await findOwner(req);
    const asked = form(getLoggedInUser(req));
    const input = asked.parse(req.body);
    if (!input.ok) return refuse(res, user, input.form);
    const { email, currentPassword, once } = input.data;
    if (email === user.email) return refuse(res, user, asked.reject(req.body, own));
    if (!(await verifyOwner(req, currentPassword))) return refuse(res, user, asked.reject(req.body, wrong));
    const outcome = await request(getActor(req), user, email, once);
    if (outcome === "exists") return refuse(res, user, asked.reject(req.body, exists));
    if (outcome !== "done") return refuse(res, user, asked.reject(req.body, toFormErrors(outcome)));
    flash(res, "info", notice(email));
    res.redirect(303, page);
  });

  function serveButton(at: string, press: Press, { tone = "success", limits = [] }: Button = {}): void {
    router.post(at, ...limits, async (req, res) => {
      const user = await findOwner(req);
      if (!buttonForm.parse(req.body).ok) return refuse(res, user, form(getLoggedInUser(req)).blank());
      const done = await press(getActor(req), user);
      if (done) flash(res, tone, done);
      res.redirect(303, page);
    });
  }
  return { router, serveButton, notice };
}

type Button = { tone?: "success" | "info"; limits?: RequestHandler[] };

const own = { email: "This is already your email address." };
const exists = { email: "You already have a recovery email address. Remove it first." };
const wrong = { currentPassword: "Incorrect password." };
