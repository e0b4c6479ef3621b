import { Router } from "express";
import { domainMemberEndpoints as calls } from "../../forms/api/domains.js";
import { findManagedDomain } from "../../services/domain/admin.js";
import { findSeenDomain } from "../../services/domain/domains.js";
import {
  changeMemberRole,
  leaveDomain,
  listMembers,
  removeMember,
  setMemberRole,
} from "../../services/domain/members.js";
import { Conflict, Unprocessable } from "../../web/api/errors.js";
import { presentPage } from "../../web/api/pagination.js";
import { serveEndpoint } from "./endpoint.js";

export const apiDomainMembers = Router();

serveEndpoint(apiDomainMembers, calls.list, async ({ actor, params, query, req }) => {
  const domain = await findSeenDomain(actor, params.slug);
  const { members, next, total } = await listMembers(actor, domain, { ...query, after: query.cursor });
  return presentPage(req, query, { data: members.map(presentMember), total, next });
});

serveEndpoint(apiDomainMembers, calls.add, async ({ actor, params, body }) => {
  const placed = await setMemberRole(actor, await findManagedDomain(actor, params.slug), body);
  if (typeof placed === "string") throw new Unprocessable([{ pointer: "#/user", detail: reasons[placed] }]);
  return { status: placed.isNew ? 201 : 200, body: presentMember(placed) };
});

// Before the calls with an id: "me" is none.
serveEndpoint(apiDomainMembers, calls.leave, async ({ actor, params }) => {
  await leaveDomain(actor, params.slug);
  return { status: 204 };
});

serveEndpoint(apiDomainMembers, calls.change, async ({ actor, params: { slug, id }, body: { role } }) => {
  const changed = await changeMemberRole(actor, await findManagedDomain(actor, slug), { id, role });
  if (typeof changed === "string") throw new Conflict(conflicts[changed]);
  return { status: 200, body: presentMember(changed) };
});

serveEndpoint(apiDomainMembers, calls.remove, async ({ actor, params: { slug, id } }) => {
  await removeMember(actor, await findManagedDomain(actor, slug), id);
  return { status: 204 };
});

const reasons = {
  "not-found": "No user with this name. Check the spelling.",
  unconfirmed: "This user hasn't confirmed their email address yet.",
  forbidden: "Send a username. Only site admins can add members by email.",
};
const conflicts = {
  disabled: "The account of this user is disabled.",
  unconfirmed: reasons.unconfirmed,
};

const presentMember = ({ id, username, role }: { id: string; username: string; role: string }) => ({
  id,
  username,
  role,
});
