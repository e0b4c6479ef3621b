import type { Actor, Principal } from "../actor.js";
import type { Permission } from "../definitions/permissions.js";
import { getPermissions, isAdmin, isLeading, type Role } from "../definitions/roles.js";
import { can, isOperator } from "./permissions.js";

/** The user on whose account an admin acts. */
type Subject = { readonly id: string; readonly roles: Iterable<{ role: string; domain?: unknown }> };

const globalRoles = ({ roles }: Pick<Subject, "roles">) =>
  [...roles].filter(({ domain }) => !domain).map(({ role }) => role);
const leads = (who: Pick<Subject, "roles">) => globalRoles(who).some(isLeading);

const isSuperadmin = ({ user }: Principal) => user !== null && globalRoles(user).includes("superadmin");

/**
 * Returns true if the actor may do this to another user's account. The actor's own account has its own pages, so it is
 * excluded, and so is everyone while the actor impersonates a user. The actor must have all permissions of the other
 * user. Only superadmins may act on users with a leading role.
 */
export function mayActOn(actor: Actor, permission: Permission, subject: Subject): boolean {
  if (isOperator(actor)) return true;
  if (actor.impersonator || actor.user?.id === subject.id || !can(actor, permission)) return false;
  return isSuperadmin(actor) || (!leads(subject) && globalRoles(subject).every((role) => hasAllOf(actor, role)));
}

/**
 * Returns true if the actor may confirm that a user with permissions has lost the second factor. Nobody confirms their
 * own recovery. Other users need no confirmation.
 */
export const mayConfirmFactorRecovery = (actor: Actor, subject: Subject): boolean =>
  isAdmin(subject.roles) && mayActOn(actor, "users.help", subject);

/**
 * Returns true if the actor may impersonate a user. Disabled users and users with a leading role, even in only one
 * domain, are excluded.
 */
export function mayImpersonate(actor: Actor, subject: Subject & { readonly disabledAt?: Date | null }): boolean {
  const leadsSomewhere = [...subject.roles].some(({ role }) => isLeading(role));
  return actor.user !== null && !leadsSomewhere && !subject.disabledAt && mayActOn(actor, "users.impersonate", subject);
}

/**
 * Returns true if the actor may grant and revoke this role: the actor and their token must have all of its permissions.
 */
export function mayGive(actor: Principal, role: Role): boolean {
  if (isOperator(actor)) return true;
  if (actor.impersonator || !can(actor, "users.roles")) return false;
  return hasAllOf(actor, role) && (isSuperadmin(actor) || !isLeading(role));
}

const hasAllOf = (actor: Principal, role: string) => getPermissions(role).every((permission) => can(actor, permission));
