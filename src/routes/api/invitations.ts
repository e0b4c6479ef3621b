import { Router } from "express";
import { config } from "../../config/index.js";
import { isRefused } from "../../definitions/outcomes.js";
import { domainRoles } from "../../definitions/roles.js";
import { invitationEndpoints as calls } from "../../forms/api/invitations.js";
import { toMistake } from "../../forms/rejections.js";
import { invite, resend, revoke } from "../../services/invitation/invitations.js";
import { type ListedInvitation, listInvitationPage, readInvitation } from "../../services/invitation/list.js";
import { Unprocessable } from "../../web/api/errors.js";
import { presentPage } from "../../web/api/pagination.js";
import { rateLimits } from "../../web/rate-limits.js";
import { serveEndpoint } from "./endpoint.js";

export const apiInvitations = Router();

serveEndpoint(apiInvitations, calls.list, async ({ actor, query, req }) => {
  const { list, next, total } = await listInvitationPage(actor, { ...query, after: query.cursor });
  return presentPage(req, query, { data: list.map(presentInvitation), total, next });
});

serveEndpoint(
  apiInvitations,
  calls.send,
  async ({ actor, body, once }) => {
    const sent = await invite(actor, body, once);
    if (typeof sent === "string") throw new Unprocessable([mistakes[sent]]);
    if (isRefused(sent)) throw new Unprocessable([toMistake(sent)]);
    const headers = { Location: `${config.baseUrl.origin}/api/v1/invitations/${sent.id}` };
    return { status: 201, body: presentInvitation(await readInvitation(actor, sent.id)), headers };
  },
  rateLimits.invitations,
);

serveEndpoint(apiInvitations, calls.read, async ({ actor, params }) => ({
  status: 200,
  body: presentInvitation(await readInvitation(actor, params.id)),
}));

serveEndpoint(
  apiInvitations,
  calls.resend,
  async ({ actor, params }) => {
    await resend(actor, params.id);
    return { status: 200, body: presentInvitation(await readInvitation(actor, params.id)) };
  },
  rateLimits.invitations,
);

serveEndpoint(apiInvitations, calls.revoke, async ({ actor, params }) => {
  await revoke(actor, params.id);
  return { status: 204 };
});

const mistakes = {
  "not-found": { pointer: "#/domain", detail: "Send the slug of an organization that you manage." },
  invalid: { pointer: "#/role", detail: `Roles in an organization: ${domainRoles.join(", ")}.` },
  exists: { pointer: "#/email", detail: "This address already has an invitation. Resend or cancel that one." },
};

const iso = (date: Date | null) => date?.toISOString() ?? null;

const presentInvitation = ({ id, email, role, domain, slug, state, inviter, ...one }: ListedInvitation) => ({
  id,
  email,
  role,
  heldIn: domain === null ? "site" : "domain",
  domain: slug,
  state,
  inviter,
  sentAt: one.sentAt.toISOString(),
  expiresAt: one.expiresAt.toISOString(),
  acceptedAt: iso(one.acceptedAt),
  acceptedBy: one.acceptedBy,
  revokedAt: iso(one.revokedAt),
});
