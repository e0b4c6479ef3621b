import type { Actor, Principal } from "../actor.js";
import type { Permission } from "../definitions/permissions.js";
import { getPermissions, isLeading, type Role } from "../definitions/roles.js";
import { can, isOperator } from "./permissions.js";

/** Whom it is about. */
type Subject = { readonly id: string; readonly roles: Iterable<{ role: string; domain?: unknown }> };

const globalRoles = ({ roles }: Pick<Subject, "roles">) =>
  [...roles].filter(({ domain }) => !domain).map(({ role }) => role);
const leads = (who: Pick<Subject, "roles">) => globalRoles(who).some(isLeading);

const isSuperadmin = ({ user }: Principal) => user !== null && globalRoles(user).includes("superadmin");

/**
 * Whether somebody may do this to another person's account. Never to their own, which has its own pages; never while they
 * act as somebody else; not to those who may do what they may not; to those who lead only as a superadmin.
 */
export function mayActOn(actor: Actor, permission: Permission, subject: Subject): boolean {
  if (isOperator(actor)) return true;
  if (actor.impersonator || actor.user?.id === subject.id || !can(actor, permission)) return false;
  return isSuperadmin(actor) || (!leads(subject) && globalRoles(subject).every((role) => hasAllOf(actor, role)));
}

/**
 * Whether somebody may act as another person for a while: never as anyone who leads, be it in one domain, whoever asks; and
 * not as somebody who is locked out.
 */
export function mayImpersonate(actor: Actor, subject: Subject & { readonly disabledAt?: Date | null }): boolean {
  const leadsSomewhere = [...subject.roles].some(({ role }) => isLeading(role));
  return actor.user !== null && !leadsSomewhere && !subject.disabledAt && mayActOn(actor, "users.impersonate", subject);
}

/** Whether somebody may give this role to others, and take it away: what it allows they, and their token, must be allowed. */
export function mayGive(actor: Principal, role: Role): boolean {
  if (isOperator(actor)) return true;
  if (actor.impersonator || !can(actor, "users.roles")) return false;
  return hasAllOf(actor, role) && (isSuperadmin(actor) || !isLeading(role));
}

const hasAllOf = (actor: Principal, role: string) => getPermissions(role).every((permission) => can(actor, permission));
