import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { config } from "../../config/index.js";
import { isTaken } from "../../definitions/outcomes.js";
import { describeRole } from "../../definitions/roles.js";
import { AddressTaken, BadRequest, Forbidden, InvalidInvitation, RegistrationClosed } from "../../errors.js";
import { acceptanceForm } from "../../forms/auth/invitations.js";
import { buttonForm } from "../../forms/empty.js";
import type { Form } from "../../forms/form.js";
import { toFormErrors } from "../../forms/rejections.js";
import { formatEmail } from "../../lib/text/email-address.js";
import { isAccount } from "../../services/account/open.js";
import { acceptAsNew, acceptAsOwner, isClosed } from "../../services/invitation/acceptance.js";
import { findAcceptedBy, type Opened, openInvitation } from "../../services/invitation/find.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { withReturnTo } from "../../web/pages/return-to.js";
import { presentSignUpFields } from "../../web/present/profile.js";
import { rateLimits } from "../../web/rate-limits.js";
import { renewSession } from "../../web/session/session.js";
import { startNotedSession } from "./enter.js";

export const invitations = Router();

type WithToken = Request<{ token: string }>;

invitations.get("/:token", async (req: WithToken, res) => {
  const opened = await openInvitation(getActor(req), req.params.token);
  if (!opened) return accepted(req, res);
  const locals = page(req, opened);
  if (req.user)
    return res.render(isOwner(req, opened) ? "auth/invitations/accept" : "auth/invitations/elsewhere", locals);
  if (opened.owner) return res.render("auth/invitations/elsewhere", locals);
  demandOpenDoor();
  res.render("auth/invitations/new", { ...locals, ...acceptance(acceptanceForm(opened.invitation).blank()) });
});

invitations.post("/:token", rateLimits.links, async (req: WithToken, res) => {
  const opened = await openInvitation(getActor(req), req.params.token);
  if (!opened) return accepted(req, res);
  if (req.user) return takeRole(req, res, opened);
  if (opened.owner) return res.redirect(303, toLogin(req));
  demandOpenDoor();
  await openAccount(req, res, opened);
});

/** Accepts the invitation for the owner of the email. @throws Forbidden, BadRequest */
async function takeRole(req: WithToken, res: Response, opened: Opened): Promise<void> {
  if (!isOwner(req, opened)) {
    throw new Forbidden("This invitation is for a different email address. Log out, then open the link again.");
  }
  if (!buttonForm.parse(req.body).ok) throw new BadRequest();
  const done = await acceptAsOwner(getActor(req), opened);
  if (!done) return accepted(req, res);
  if (done.isFirstProof) await renewSession(req);
  if (done.isClosed) flash(res, "info", closedMeanwhile(opened));
  else flash(res, "success", `You've accepted the invitation from ${opened.inviter.username}.`);
  res.redirect(303, "/dashboard");
}

/** Accepts the invitation for a new user. */
async function openAccount(req: WithToken, res: Response, opened: Opened): Promise<void> {
  const form = acceptanceForm(opened.invitation);
  const input = form.parse(req.body);
  if (!input.ok)
    return renderFormErrors(res.status(422), "auth/invitations/new", {
      ...page(req, opened),
      ...acceptance(input.form),
    });
  const user = await acceptAsNew(getActor(req), opened, input.data);
  if (user === "not-found") return accepted(req, res);
  if (isTaken(user) && user.taken === "email")
    throw new AddressTaken(formatEmail(opened.invitation.email), "Log in to that account and open the link again.");
  if (!isAccount(user)) {
    const rejected = form.reject(req.body, toFormErrors(user));
    return renderFormErrors(res.status(422), "auth/invitations/new", { ...page(req, opened), ...acceptance(rejected) });
  }
  await startNotedSession(req, res, { user });
  const welcome = `Welcome, ${user.username}. Your account is ready.`;
  if (await isClosed(opened.invitation)) flash(res, "info", `${welcome} ${closedMeanwhile(opened)}`);
  else flash(res, "success", welcome);
  res.redirect(303, "/dashboard");
}

const acceptance = (form: Form) => ({ form, more: presentSignUpFields() });

const closedMeanwhile = ({ domain }: Opened) =>
  `${domain?.name ?? "The organization"} was deleted in the meantime, so you're not a member.`;

/** Answers for an accepted invitation: the response was lost, or the button was pressed twice. @throws InvalidInvitation */
async function accepted(req: WithToken, res: Response): Promise<void> {
  const by = await findAcceptedBy(req.params.token);
  if (!by) throw new InvalidInvitation();
  const isOwn = req.user?.id === by;
  flash(
    res,
    "info",
    isOwn
      ? "You've already accepted this invitation."
      : "This invitation has already been accepted. Log in to the account that accepted it.",
  );
  res.redirect(303, req.user ? "/dashboard" : "/login");
}

/** @throws RegistrationClosed */
function demandOpenDoor(): void {
  if (config.registration === "closed") throw new RegistrationClosed("closed");
}

const toLogin = (req: WithToken) => withReturnTo("/login", req, `/invitations/${req.params.token}`);

const isOwner = (req: Request, { owner }: Opened) => owner !== null && owner.id === req.user?.id;

function page(req: WithToken, { invitation, inviter, domain, owner }: Opened) {
  const { email, role, expiresAt: until } = invitation;
  const what = describeRole(role, domain);
  const known = owner && { username: owner.username };
  return {
    token: req.params.token,
    email,
    inviter: inviter.username,
    what,
    domain: domain?.name ?? null,
    until,
    owner: known,
    toLogin: toLogin(req),
  };
}
