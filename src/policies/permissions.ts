import type { Principal, RequestUser } from "../actor.js";
import type { Permission } from "../definitions/permissions.js";
import { type Grant, getPermissions } from "../definitions/roles.js";
import type { Scope } from "../definitions/scopes.js";

/** Anything with roles: the user of a request, or an account. */
type Holder = { readonly roles: Iterable<{ role: string; domain?: unknown }> };
/** Anything that may belong to a domain. */
type Thing = { domain?: unknown };

/** Returns true for a member of a domain, in any role. */
export const isInDomain = (who: Holder | null, domain: unknown): boolean =>
  who !== null && [...who.roles].some((one) => same(one.domain, domain));

type Asking = Pick<Principal, "user"> & Partial<Pick<Principal, "via" | "scopes">>;

/** Operators on the command line may do everything, because they have access to the database anyway. */
export const isOperator = ({ via }: Partial<Pick<Principal, "via">>): boolean => via === "command";

/**
 * Returns true if a role of the actor allows this, on the whole site or in the thing's domain. A token of the actor
 * must also allow it.
 */
export function can(actor: Asking, permission: Permission, thing: Thing = {}): boolean {
  return isOperator(actor) || (isInScope(actor, permission) && allows(actor.user, permission, thing));
}

/** Returns true if the actor uses no token, or if the token has this scope. */
export const isInScope = ({ scopes = null }: Partial<Pick<Principal, "scopes">>, scope: Scope): boolean =>
  scopes === null || scopes.includes(scope);

/** Returns true if a role of the actor allows this anywhere, even in only one domain. */
export const canSomewhere = (actor: Asking, permission: Permission): boolean =>
  isInScope(actor, permission) &&
  actor.user?.isMember === true &&
  actor.user.roles.some((held) => grants(held, permission));

/** Returns true if a role of a user allows this. Roles do not count until the email is confirmed. */
function allows(
  who: Pick<RequestUser, "isMember" | "roles"> | null,
  permission: Permission,
  { domain }: Thing = {},
): boolean {
  if (!who?.isMember) return false;
  return who.roles.some((held) => (!held.domain || same(held.domain, domain)) && grants(held, permission));
}

const grants = ({ role }: Grant, permission: Permission) => getPermissions(role).includes(permission);
const same = (one: unknown, other: unknown) => Boolean(one) && Boolean(other) && String(one) === String(other);
