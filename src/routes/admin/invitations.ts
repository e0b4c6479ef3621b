import { type Request, type Response, Router } from "express";
import { actorOf } from "../../actor.js";
import { config } from "../../config/index.js";
import { domainRoles, roles } from "../../definitions/roles.js";
import { BadRequest, NotFound } from "../../errors.js";
import { invitationForm } from "../../forms/admin/invitations.js";
import { buttonForm } from "../../forms/empty.js";
import { entryId } from "../../forms/fields.js";
import type { Form } from "../../forms/form.js";
import { invitationsQuery } from "../../forms/pagination.js";
import { emailInWords } from "../../lib/text/email-address.js";
import { choicesOf, invite, resend, revoke } from "../../services/invitation/invitations.js";
import { listInvitations } from "../../services/invitation/list.js";
import { flash } from "../../web/pages/flash.js";
import { sendBack } from "../../web/pages/problem-json.js";
import { readQuery } from "../../web/pages/query.js";
import { limits } from "../../web/rate-limits.js";

export const invitations = Router();

type OfInvitation = Request<{ id: string }>;

invitations.get("/", async (req, res) => {
  res.render("admin/invitations", await page(req, invitationForm.blank({ role: "user" })));
});

invitations.post("/", limits.invitations, async (req, res) => {
  const input = invitationForm.parse(req.body);
  if (!input.ok) return refuse(req, res, input.form);
  const outcome = await invite(actorOf(req), input.data, input.data.once);
  if (outcome !== "done") return refuse(req, res, invitationForm.reject(req.body, problems[outcome]));
  flash(res, "success", `An invitation is on its way to ${emailInWords(input.data.email)}.`);
  res.redirect(303, "/admin/invitations");
});

invitations.post("/:id/resend", limits.invitations, async (req: OfInvitation, res) => {
  const email = await resend(actorOf(req), pressed(req));
  flash(
    res,
    "success",
    `The invitation is on its way to ${emailInWords(email)} once more. The link in the mail before works no longer.`,
  );
  res.redirect(303, "/admin/invitations");
});

invitations.post("/:id/revoke", async (req: OfInvitation, res) => {
  const email = await revoke(actorOf(req), pressed(req));
  flash(res, "success", `The invitation of ${emailInWords(email)} is taken back.`);
  res.redirect(303, "/admin/invitations");
});

const problems = {
  "not-found": { domain: "There is no domain of yours with this address." },
  invalid: { role: `Roles in a domain: ${domainRoles.map((role) => roles[role].label).join(", ")}.` },
  exists: { email: "This address is invited already. Send that invitation again, or take it back first." },
};

/** The id of the invitation whose button was pressed. @throws BadRequest, NotFound */
function pressed(req: OfInvitation): string {
  if (!buttonForm.parse(req.body).ok) throw new BadRequest();
  const id = entryId.safeParse(req.params.id);
  if (!id.success) throw new NotFound();
  return id.data;
}

async function page(req: Request, form: Form) {
  const actor = actorOf(req);
  const { before } = readQuery(req, invitationsQuery);
  const [choices, { list, older }] = await Promise.all([choicesOf(actor), listInvitations(actor, before)]);
  const pages = {
    newest: before ? "/admin/invitations" : null,
    older: older && `/admin/invitations?before=${older}`,
  };
  return { form, choices, list, ...pages, isClosed: config.registration === "closed" };
}

const refuse = async (req: Request, res: Response, form: Form) =>
  sendBack(res.status(422), "admin/invitations", await page(req, form));
