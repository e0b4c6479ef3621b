import type { Actor, Principal } from "../actor.js";
import { getPermissions, managingRoles, type Role } from "../definitions/roles.js";
import { can, isInDomain } from "./permissions.js";

type Place = { _id: unknown };
type Member = { id: string; role: Role };

/** Returns true if the actor is a member of a domain, in any role. Members can read and post in it. */
export const belongsTo = (actor: Actor, domain: unknown): boolean =>
  actor.user?.isMember === true && isInDomain(actor.user, domain);

/**
 * Returns true if the actor may see a domain: its members, and users who may read everything in it. To others, it does
 * not exist.
 */
export const mayVisit = (actor: Actor, { _id }: Place): boolean =>
  belongsTo(actor, _id) || can(actor, "posts.read.any", { domain: _id });

/** Returns true if the actor may manage the members of every domain. */
export const managesAllDomains = (actor: Actor): boolean => can(actor, "domain.members");
export const managesDomain = (actor: Actor, { _id }: Place): boolean => can(actor, "domain.members", { domain: _id });

/**
 * Returns true if the actor may change the role of a member, or remove the member. Managers of every domain may do this
 * with all members. Managers of one domain may not do it with each other or themselves, so that none can remove the
 * others.
 */
export const mayManageMember = (actor: Actor, domain: Place, member: Member | null): boolean =>
  managesAllDomains(actor) || (managesDomain(actor, domain) && !(member && managingRoles.includes(member.role)));

/**
 * Returns true if the actor, and the token of the actor, have all permissions of a role in a domain. Nobody can give more
 * than they have (docs/decisions/0021).
 */
export const holdsRoleIn = (actor: Principal, role: Role, domain: unknown): boolean =>
  getPermissions(role).every((permission) => can(actor, permission, { domain }));

/**
 * Returns true if the actor may leave a domain. Admins of the domain may not (see `mayManageMember`), and neither may
 * an admin who impersonates a user.
 */
export const mayLeave = (actor: Actor, domain: Place): boolean =>
  actor.impersonator === null &&
  belongsTo(actor, domain._id) &&
  (managesAllDomains(actor) || !managesDomain(actor, domain));

/** Returns true if the actor may create, rename and close domains. */
export const mayManageDomains = (actor: Actor): boolean => can(actor, "domains.manage");

/** A domain is seen by users who may visit it, and by those who manage it or all. For others it does not exist. */
export const maySee = (actor: Actor, domain: Place): boolean =>
  mayVisit(actor, domain) || managesDomain(actor, domain) || mayManageDomains(actor);

/** Returns true if the actor sees every domain. */
export const seesAllDomains = (actor: Actor): boolean =>
  can(actor, "posts.read.any") || managesAllDomains(actor) || mayManageDomains(actor);

/** Only users who may see emails can find users by email: the result would reveal who has an account. */
export const mayFindByEmail = (actor: Actor): boolean => can(actor, "users.read");
