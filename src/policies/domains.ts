import type { Actor } from "../actor.js";
import { managingRoles, type Role } from "../definitions/roles.js";
import { can, isInDomain } from "./permissions.js";

/** A domain by its id. */
type Place = { _id: unknown };
type Member = { id: string; role: Role };

/** Whether somebody is one of a domain's people, in whatever role: they read it and write in it. */
export const belongsTo = (actor: Actor, domain: unknown): boolean =>
  actor.user?.isMember === true && isInDomain(actor.user, domain);

/** A domain is there for its people, and for those who read everything in it. To others it does not exist. */
export const mayVisit = (actor: Actor, { _id }: Place): boolean =>
  belongsTo(actor, _id) || can(actor, "posts.read.any", { domain: _id });

/** Whether somebody looks after the people of every domain. */
export const managesAllDomains = (actor: Actor): boolean => can(actor, "domain.members");
export const managesDomain = (actor: Actor, { _id }: Place): boolean => can(actor, "domain.members", { domain: _id });

/**
 * Whether somebody may change the role of a member, or remove them. Users who manage one domain can do that to all members
 * but each other and themselves, so that none of them can remove the others; users who manage every domain, to all.
 */
export const mayManageMember = (actor: Actor, domain: Place, member: Member | null): boolean =>
  managesAllDomains(actor) || (managesDomain(actor, domain) && !(member && managingRoles.includes(member.role)));

/** Whether somebody may take themselves out of a domain they are in; not its own admins, see `mayManageMember`, and no one in their name. */
export const mayLeave = (actor: Actor, domain: Place): boolean =>
  actor.impersonator === null &&
  belongsTo(actor, domain._id) &&
  (managesAllDomains(actor) || !managesDomain(actor, domain));

/** Whether somebody opens, renames and closes domains. */
export const mayManageDomains = (actor: Actor): boolean => can(actor, "domains.manage");

/** E-mail addresses are no way to find people for those who may not see them: the answer would tell who has an account. */
export const mayFindByEmail = (actor: Actor): boolean => can(actor, "users.read");
