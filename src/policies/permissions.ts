import type { Principal, RequestUser } from "../actor.js";
import type { Permission } from "../definitions/permissions.js";
import { type Grant, getPermissions } from "../definitions/roles.js";
import type { Scope } from "../definitions/scopes.js";

/** Somebody with roles: the person of a request, or an account. */
type Holder = { readonly roles: Iterable<{ role: string; domain?: unknown }> };
/** Something that may belong to a domain. */
type Thing = { domain?: unknown };

/** Whether somebody belongs to a domain, in whatever role. */
export const isInDomain = (who: Holder | null, domain: unknown): boolean =>
  who !== null && [...who.roles].some((one) => same(one.domain, domain));

type Asking = Pick<Principal, "user"> & Partial<Pick<Principal, "via" | "scopes">>;

/** Operators at their terminal may everything: who has the database does in any case. */
export const isOperator = ({ via }: Partial<Pick<Principal, "via">>): boolean => via === "command";

/** Whether one of the actor's roles allows this, globally or in the domain that the thing belongs to, and so does their token. */
export function can(actor: Asking, permission: Permission, thing: Thing = {}): boolean {
  return isOperator(actor) || (isInScope(actor, permission) && allows(actor.user, permission, thing));
}

/** Whether the token that somebody asks with, if it is one, was made for this. */
export const isInScope = ({ scopes = null }: Partial<Pick<Principal, "scopes">>, scope: Scope): boolean =>
  scopes === null || scopes.includes(scope);

/** Whether one of the actor's roles allows this somewhere at least, if only in one domain. */
export const canSomewhere = (actor: Asking, permission: Permission): boolean =>
  isInScope(actor, permission) &&
  actor.user?.isMember === true &&
  actor.user.roles.some((held) => grants(held, permission));

/** The same of a person. Whose address is not confirmed has no say yet. */
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
