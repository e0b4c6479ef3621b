import type { Principal } from "../actor.js";
import { domainRoles, type Role } from "../definitions/roles.js";
import { holdsRoleIn } from "./domains.js";
import { can } from "./permissions.js";
import { mayGive } from "./users.js";

/** Returns true if the actor may invite to a domain; without a domain, to the site and every domain. */
export const managesInvitations = (actor: Principal, domain: unknown = null): boolean =>
  !actor.impersonator && can(actor, "invitations.manage", { domain }) && (!domain || managesMembers(actor, domain));

const managesMembers = (actor: Principal, domain: unknown) => can(actor, "domain.members", { domain });

/**
 * Returns true if the actor may invite with this role. They must have all of its permissions themselves, in the same
 * place.
 */
export function mayInvite(actor: Principal, role: Role, domain: unknown = null): boolean {
  if (!managesInvitations(actor, domain)) return false;
  if (!domain) return role === "user" || mayGive(actor, role);
  return domainRoles.some((one) => one === role) && holdsRoleIn(actor, role, domain);
}
