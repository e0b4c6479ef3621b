import type { Actor } from "../actor.js";
import { Forbidden } from "../errors.js";
import type { Grant, Role } from "../lib/roles.js";
import * as mail from "../mail/index.js";
import { asGrants, type Ending } from "../models/grants.js";
import type { User } from "../models/user.js";
import { mayActOn, mayGive } from "../policies/users.js";
import { record } from "./audit.js";

/** "unconfirmed": nobody gets a role by an address that is not proven to be theirs. Then, as with the last superadmin, nothing was changed. */
export type RolesOutcome = Ending | "unconfirmed";

/** Whoever gets or loses one of these is told by mail. */
const powers: readonly Role[] = ["superadmin", "admin"];
type Change = { given: Grant[]; taken: Grant[] };

/** Gives somebody these roles everywhere, and takes all others that they have everywhere. @throws Forbidden */
export function setRoles(actor: Actor, user: User, roles: readonly Role[]): Promise<RolesOutcome> {
  const wanted: Role[] = roles.filter((role) => role !== "user"); // which everyone is
  const held = asGrants(user.roles).filter(({ domain }) => domain === null);
  const given = wanted.filter((role) => !held.some((grant) => grant.role === role));
  return changeRoles(actor, user, {
    given: given.map((role) => ({ role, domain: null })),
    taken: held.filter(({ role }) => !wanted.includes(role)),
  });
}

/** Gives and takes roles: all or, when the actor may not, none. @throws Forbidden */
export async function changeRoles(actor: Actor, user: User, { given, taken }: Change): Promise<RolesOutcome> {
  const asked = [...given, ...taken];
  const allowed = mayActOn(actor, "users.roles", user) && asked.every(({ role }) => mayGive(actor, role));
  if (!allowed) throw new Forbidden();
  if (asked.length === 0) return "unchanged";
  if (!user.emailConfirmedAt && given.length > 0) return "unconfirmed";
  const done: Change = { given: [], taken: [] }; // of which another may have been faster with some
  for (const grant of taken.toSorted(superadminFirst)) {
    const outcome = await user.revokeRole(grant);
    if (outcome === "last-superadmin") return outcome;
    if (outcome === "unchanged") continue;
    done.taken.push(grant);
    await record(actor, "role.revoked", user, detailsOf(grant));
  }
  for (const grant of given) {
    if (!(await user.grantRole(grant))) continue;
    done.given.push(grant);
    await record(actor, "role.granted", user, detailsOf(grant));
  }
  const changed = [...done.given, ...done.taken];
  if (changed.some(isPower) && user.emailConfirmedAt) await tell(user, done);
  return changed.length > 0 ? "done" : "unchanged";
}

/** The one that may be refused comes before all others. */
const superadminFirst = (one: Grant, other: Grant) =>
  Number(other.role === "superadmin") - Number(one.role === "superadmin");
const isPower = ({ role, domain }: Grant) => powers.includes(role) && domain === null;
const detailsOf = ({ role, domain }: Grant) => ({ role, ...(domain && { domain }) });

function tell(user: User, { given, taken }: Change): Promise<void> {
  const names = (grants: Grant[]) => grants.filter(isPower).map(({ role }) => role);
  return mail.powersChanged(user, { given: names(given), taken: names(taken) });
}
