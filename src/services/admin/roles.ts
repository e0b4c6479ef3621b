import type { Actor, ActorRecord } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { type Grant, isLeading, type Role, siteRoles } from "../../definitions/roles.js";
import { Forbidden } from "../../errors.js";
import * as mail from "../../mail/index.js";
import { Invitation } from "../../models/invitation.js";
import { superadmins } from "../../models/superadmin-seat.js";
import { type AccountOutcome, type Change, toGrants } from "../../models/user/roles.js";
import { User } from "../../models/user.js";
import { mayActOn, mayGive } from "../../policies/users.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { type Receiver, toReceiver } from "../mail/recipients.js";

/** "unconfirmed": the user's email is not confirmed, so they cannot get a role. Nothing has changed then. */
export type RolesOutcome = AccountOutcome | Outcome<"unconfirmed">;

/** `user`: who gets an email about leading roles; null for nobody. */
type Changed = Change & { user: Receiver | null };

const afterChange = followUp<Changed>(User, "roles.changed", ({ id, actor, data }) => noteRoles(actor, id, data));

/** The steps after a change of roles: the seat of a new superadmin, the audit events and the email. */
export async function noteRoles(actor: ActorRecord, id: User["_id"], data: Changed): Promise<void> {
  const subject = { id: String(id) };
  if (data.given.some(({ role, domain }) => role === "superadmin" && !domain)) await superadmins.claimSeat(id);
  for (const grant of data.taken) await record(actor, "role.revoked", subject, getDetails(grant));
  for (const grant of data.given) await record(actor, "role.granted", subject, getDetails(grant));
  if ([...data.given, ...data.taken].some(isPower) && data.user?.isConfirmed) await tell(data.user, data);
}

/** Grants these site-wide roles and revokes all other `siteRoles` of the user. @throws Forbidden */
export function setRoles(actor: Actor, user: User, roles: readonly Role[]): Promise<RolesOutcome> {
  const wanted = roles.filter((role) => siteRoles.includes(role)); // every account already has `user`
  const held = toGrants(user.roles).filter(({ role, domain }) => domain === null && siteRoles.includes(role));
  const given = wanted.filter((role) => !held.some((grant) => grant.role === role));
  return changeRoles(actor, user, {
    given: given.map((role) => ({ role, domain: null })),
    taken: held.filter(({ role }) => !wanted.includes(role)),
  });
}

/**
 * Grants and revokes roles. Makes all of these changes, or none if the actor may not make one of them.
 *
 * Example: two admins change the roles of Ada, who is an editor.
 *
 * 1. The first asks for `given: [admin]`, the second for `taken: [editor]`. Both read `[editor]`.
 * 2. The first writes `[editor, admin]`, with an outbox entry for the audit events and the email.
 * 3. The second's write no longer matches and changes nothing. It reads the roles again and writes `[admin]`.
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
    if (change.taken.length > 0) await Invitation.markOutdated(user.email, null);
    const about = { id: user._id, actor, data: { given: change.given, taken: change.taken, user: receiver } };
    const outcome = await afterChange.make(about, (entry) => user.changeRoles(change, entry));
    if (outcome !== "unchanged") return outcome; // otherwise the roles have changed since they were read
  }
}

const isPower = ({ role, domain }: Grant) => isLeading(role) && domain === null;
const getDetails = ({ role, domain }: Grant) => ({ role, ...(domain && { domain }) });

function tell(user: Receiver, { given, taken }: Change): Promise<void> {
  const names = (grants: Grant[]) => grants.filter(isPower).map(({ role }) => role);
  return mail.sendRolesChanged(user, { given: names(given), taken: names(taken) });
}
