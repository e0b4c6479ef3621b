import type { Actor, ActorRecord } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { type Grant, isLeading, type Role, siteRoles } from "../../definitions/roles.js";
import { Forbidden } from "../../errors.js";
import * as mail from "../../mail/index.js";
import { superadmins } from "../../models/superadmin-seat.js";
import { type AccountOutcome, type Change, toGrants } from "../../models/user/roles.js";
import { User } from "../../models/user.js";
import { mayActOn, mayGive } from "../../policies/users.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { type Receiver, toReceiver } from "../mail-recipients.js";

/** "unconfirmed": nobody gets a role by an address that is not proven to be theirs. Then, as with the last superadmin, nothing was changed. */
export type RolesOutcome = AccountOutcome | Outcome<"unconfirmed">;

type Changed = Change & { user: Receiver };

const afterChange = followUp<Changed>(User, "roles.changed", ({ id, actor, data }) => noteRoles(actor, id, data));

/** What follows when roles were given or taken: the seat of a new superadmin, audit events, the email. For follow-ups. */
export async function noteRoles(actor: ActorRecord, id: User["_id"], data: Changed): Promise<void> {
  const subject = { id: String(id) };
  if (data.given.some(({ role, domain }) => role === "superadmin" && !domain)) await superadmins.claimSeat(id);
  for (const grant of data.taken) await record(actor, "role.revoked", subject, getDetails(grant));
  for (const grant of data.given) await record(actor, "role.granted", subject, getDetails(grant));
  if ([...data.given, ...data.taken].some(isPower) && data.user.isConfirmed) await tell(data);
}

/** Gives a user these roles everywhere, and takes the others of `siteRoles` that they have everywhere. @throws Forbidden */
export function setRoles(actor: Actor, user: User, roles: readonly Role[]): Promise<RolesOutcome> {
  const wanted = roles.filter((role) => siteRoles.includes(role)); // `user` is what everyone is
  const held = toGrants(user.roles).filter(({ role, domain }) => domain === null && siteRoles.includes(role));
  const given = wanted.filter((role) => !held.some((grant) => grant.role === role));
  return changeRoles(actor, user, {
    given: given.map((role) => ({ role, domain: null })),
    taken: held.filter(({ role }) => !wanted.includes(role)),
  });
}

/**
 * Gives and takes roles: all of them or, when the actor may not, none. Example: two admins save the roles of Ada, who is an editor.
 *
 * 1. The first asks for `given: [admin]`, the second for `taken: [editor]`. Both read `[editor]`.
 * 2. The first writes `[editor, admin]`, with an entry for audit events and the email.
 * 3. The second's write does not fit any more and changes nothing. It reads again, and writes `[admin]`.
 *
 * @throws Forbidden
 */
export async function changeRoles(actor: Actor, user: User, { given, taken }: Change): Promise<RolesOutcome> {
  const asked = [...given, ...taken];
  const allowed = mayActOn(actor, "users.roles", user) && asked.every(({ role }) => mayGive(actor, role));
  if (!allowed) throw new Forbidden();
  if (asked.length === 0) return "unchanged";
  if (!user.emailConfirmedAt && given.length > 0) return "unconfirmed";
  const receiver = toReceiver(user);
  for (;;) {
    const change = await user.planRoleChange({ given, taken });
    if (!change) return "unchanged";
    const about = { id: user._id, actor, data: { given: change.given, taken: change.taken, user: receiver } };
    const outcome = await afterChange.make(about, (entry) => user.changeRoles(change, entry));
    if (outcome !== "unchanged") return outcome; // otherwise the roles were changed since they were read
  }
}

const isPower = ({ role, domain }: Grant) => isLeading(role) && domain === null;
const getDetails = ({ role, domain }: Grant) => ({ role, ...(domain && { domain }) });

function tell({ user, given, taken }: Changed): Promise<void> {
  const names = (grants: Grant[]) => grants.filter(isPower).map(({ role }) => role);
  return mail.sendRolesChanged(user, { given: names(given), taken: names(taken) });
}
