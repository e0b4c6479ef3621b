import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { config } from "../../config/index.js";
import { hasAddress } from "../../definitions/features.js";
import { isRefused } from "../../definitions/outcomes.js";
import { domainRoles, roles } from "../../definitions/roles.js";
import { BadRequest, NotFound } from "../../errors.js";
import { invitationForm } from "../../forms/admin/invitations.js";
import { buttonForm } from "../../forms/empty.js";
import { entryId } from "../../forms/fields.js";
import type { Form } from "../../forms/form.js";
import { invitationsQuery } from "../../forms/pagination.js";
import { toFormErrors } from "../../forms/rejections.js";
import { formatEmail } from "../../lib/text/email-address.js";
import { invite, listChoices, resend, revoke } from "../../services/invitation/invitations.js";
import { listInvitations } from "../../services/invitation/list.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { readQuery } from "../../web/pages/query.js";
import { rateLimits } from "../../web/rate-limits.js";

export const adminInvitations = Router();

type OfInvitation = Request<{ id: string }>;

adminInvitations.get("/", async (req, res) => {
  res.render("admin/invitations", await page(req, invitationForm.blank({ role: "user" })));
});

adminInvitations.post("/", rateLimits.invitations, async (req, res) => {
  const input = invitationForm.parse(req.body);
  if (!input.ok) return refuse(req, res, input.form);
  const outcome = await invite(getActor(req), input.data, input.data.once);
  if (typeof outcome === "string") return refuse(req, res, invitationForm.reject(req.body, problems[outcome]));
  if (isRefused(outcome)) return refuse(req, res, invitationForm.reject(req.body, toFormErrors(outcome)));
  flash(res, "success", `Invitation sent to ${formatEmail(input.data.email)}.`);
  res.redirect(303, "/admin/invitations");
});

adminInvitations.post("/:id/resend", rateLimits.invitations, async (req: OfInvitation, res) => {
  const email = await resend(getActor(req), pressed(req));
  flash(res, "success", `Invitation sent again to ${formatEmail(email)}. The previous link no longer works.`);
  res.redirect(303, "/admin/invitations");
});

adminInvitations.post("/:id/revoke", async (req: OfInvitation, res) => {
  const email = await revoke(getActor(req), pressed(req));
  flash(res, "success", `Invitation to ${formatEmail(email)} cancelled.`);
  res.redirect(303, "/admin/invitations");
});

const problems = {
  "not-found": { domain: "You don't manage an organization with this web address." },
  invalid: { role: `Roles in an organization: ${domainRoles.map((role) => roles[role].label).join(", ")}.` },
  exists: { email: "This address already has an invitation. Resend or cancel that one." },
};

/** Returns the id of the invitation whose button was pressed. @throws BadRequest, NotFound */
function pressed(req: OfInvitation): string {
  if (!buttonForm.parse(req.body).ok) throw new BadRequest();
  const id = entryId.safeParse(req.params.id);
  if (!id.success) throw new NotFound();
  return id.data;
}

async function page(req: Request, form: Form) {
  const actor = getActor(req);
  const { before } = readQuery(req, invitationsQuery);
  const [{ domains, ...others }, { list, older }] = await Promise.all([
    listChoices(actor),
    listInvitations(actor, before),
  ]);
  const choices = { ...others, domains: hasAddress("/domains") ? domains : [] };
  const pages = {
    newest: before ? "/admin/invitations" : null,
    older: older && `/admin/invitations?before=${older}`,
  };
  return { form, choices, list, ...pages, isClosed: config.registration === "closed" };
}

const refuse = async (req: Request, res: Response, form: Form) =>
  renderFormErrors(res.status(422), "admin/invitations", await page(req, form));
