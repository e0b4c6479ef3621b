import type { Principal } from "../actor.js";
import { domainRoles, getPermissions, type Role } from "../definitions/roles.js";
import { can } from "./permissions.js";
import { mayGive } from "./users.js";

/** Whether somebody asks people into a domain, or, when none is named, into the site and every domain. */
export const managesInvitations = (actor: Principal, domain: unknown = null): boolean =>
  !actor.impersonator && can(actor, "invitations.manage", { domain }) && (!domain || managesMembers(actor, domain));

const managesMembers = (actor: Principal, domain: unknown) => can(actor, "domain.members", { domain });

/** Whether somebody may ask others in with this role: what it allows they must be allowed themselves, there where it counts. */
export function mayInvite(actor: Principal, role: Role, domain: unknown = null): boolean {
  if (!managesInvitations(actor, domain)) return false;
  if (!domain) return role === "user" || mayGive(actor, role);
  const isOfDomains = domainRoles.some((one) => one === role);
  return isOfDomains && getPermissions(role).every((permission) => can(actor, permission, { domain }));
}
