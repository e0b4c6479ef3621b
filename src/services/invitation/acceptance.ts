import type { Actor, ActorRecord } from "../../actor.js";
import { isTaken, type Outcome, type Refused, type Taken } from "../../definitions/outcomes.js";
import type { Profile } from "../../definitions/profile-fields.js";
import { isHigherRole, type Role } from "../../definitions/roles.js";
import { actOnEach, iterateNew, type Stop } from "../../lib/async/until-done.js";
import * as passwords from "../../lib/passwords/hash.js";
import { ApiToken } from "../../models/api-token.js";
import { Domain } from "../../models/domain.js";
import { deriveAccountId } from "../../models/invitation/account-id.js";
import { Invitation } from "../../models/invitation.js";
import { MailedLink } from "../../models/mailed-link.js";
import type { NewAccount } from "../../models/user/create/account.js";
import { User } from "../../models/user.js";
import { dropSignUp } from "../account/deletion.js";
import { releaseAddress } from "../account/email-release.js";
import { isAccount, openAccount } from "../account/open.js";
import { noteRoles } from "../admin/roles.js";
import { record } from "../audit.js";
import { staysIn } from "../domain/members.js";
import { followUp } from "../follow-ups.js";
import { type Receiver, toReceiver } from "../mail/recipients.js";
import { checkInvitation, type Opened } from "./find.js";

type Accepted = { invitation: string; inviter: string; role: Role; domain: string | null; email: string };
/** A role in a place, the role that the user had there before, and the owner of an account that existed before. */
type Gain = { role: Role; domain: string | null; name?: string | null; held?: Role | null; owner?: Receiver | null };
type Acceptance = Accepted & Gain & { isNew: boolean; isFirstProof: boolean; epoch: number };
const afterAccepting = followUp<Acceptance>(User, "invitation.accepted", async ({ id, actor, data, at }) => {
  const { invitation, inviter, role, domain, email, isNew, isFirstProof, epoch } = data;
  const [subject, what] = [{ id: String(id) }, { role, ...(domain && { domain }) }];
  const isKept = domain === null || (await staysIn(id, domain));
  await Invitation.markAccepted(invitation, id);
  if (isNew) await record(actor, "user.registered", subject);
  if (isFirstProof) await record(actor, "email.confirmed", subject);
  await record(actor, "invitation.accepted", subject, { invitation, inviter, ...what });
  if (isKept) await noteGain(actor, id, data);
  if (isFirstProof) {
    await ApiToken.forget(id, at);
    await (await User.findById(id))?.cancelIdleDeletion();
    await MailedLink.dropOutdated(id, epoch);
  }
  await releaseAddress(email);
});

/** The steps after a grant, unless the user had the role or a higher one. Entries of earlier versions have only the grant. */
async function noteGain(actor: ActorRecord, id: User["_id"], gain: Gain): Promise<void> {
  const { role, domain, name, held = null, owner = null } = gain;
  if (held !== null && !isHigherRole(role, held)) return;
  if (domain !== null) {
    const event = held === null ? "domain.member-added" : "domain.role-changed";
    await record(actor, event, { id: String(id) }, { domain, ...(name && { name }), role });
  } else if (role !== "user") await noteRoles(actor, id, { user: owner, given: [{ role, domain }], taken: [] });
}

const about = ({ invitation, domain }: Opened): Accepted & Gain => ({
  invitation: String(invitation._id),
  inviter: String(invitation.invitedBy),
  role: invitation.role,
  domain: invitation.domain ? String(invitation.domain) : null,
  name: domain?.name ?? null,
  email: invitation.email,
});

/** The role that an invitation grants; null if it only creates an account. */
const given = ({ role, domain }: Invitation) => (role !== "user" || domain ? { role, domain: domain ?? null } : null);

type Acceptee = Profile & { username: string; password: string };

/**
 * Creates an account through an invitation, which confirms its email.
 * @returns the account; the field whose value is taken, or the refusal by a rule (the invitation stays open then);
 *   "not-found" if the invitation has ended
 * @throws Overloaded
 */
export async function acceptAsNew(
  actor: Actor,
  found: Opened,
  { username, password, ...profile }: Acceptee,
): Promise<User | Taken | Refused | Outcome<"not-found">> {
  const { invitation } = found;
  const passwordHash = await passwords.hash(password);
  const _id = deriveAccountId(invitation._id);
  if ((await User.findById(_id)) || !(await take(invitation, _id))) return "not-found";
  const accepted = { ...about(found), isNew: true, isFirstProof: false, epoch: 0 };
  const roles = [given(invitation)].filter((one) => one !== null);
  const identity = { _id, username, email: invitation.email, passwordHash, profile };
  const opened = await open(actor, { ...identity, isConfirmed: true, roles, usedLinks: [invitation._id] }, accepted);
  if (opened === "exists") return "not-found";
  if (isAccount(opened)) return opened;
  if (await User.findById(_id)) return "not-found"; // a concurrent request with the same link was faster
  await Invitation.unclaim(invitation._id, _id);
  return opened;
}

/**
 * Grants the role of the invitation to the owner of the email; a higher role in its domain stays. Also confirms the email
 * if it was unconfirmed; then all sessions and tokens end.
 * @returns whether this confirmed the email; null if the invitation has ended
 */
export async function acceptAsOwner(
  actor: Actor,
  found: Opened,
): Promise<{ isFirstProof: boolean; isClosed: boolean } | null> {
  const { invitation, owner } = found;
  if (!owner || owner.id !== actor.user?.id || !(await take(invitation, owner._id))) return null;
  const isFirstProof = !owner.emailConfirmedAt;
  const receiver = { ...toReceiver(owner), isConfirmed: true }; // by the link of the invitation
  const accepted = { ...about(found), isNew: false, isFirstProof, epoch: owner.sessionEpoch + 1, owner: receiver };
  let entry: ReturnType<typeof afterAccepting.entry> | undefined;
  const entryFor = async (held: Role | null) => {
    if (!(await Invitation.isOpen(invitation._id))) return null;
    entry = afterAccepting.entry(actor, { ...accepted, held });
    return entry;
  };
  const outcome = await owner.acceptInvitation(given(invitation), { link: invitation._id, entryFor });
  if (!entry || outcome !== "done") {
    await settleOrGiveBack({ _id: invitation._id, taken: { by: owner._id } }); // it may already be accepted
    return null;
  }
  await afterAccepting.finish(owner._id, entry);
  return { isFirstProof, isClosed: await isClosed(invitation) };
}

/** Returns true if the domain was closed during the acceptance, so that no role was granted. */
export async function isClosed({ domain }: Pick<Invitation, "domain">): Promise<boolean> {
  return domain ? !(await Domain.isOpen(domain)) : false;
}

/**
 * Releases invitations whose acceptance was interrupted. If the account was already created or changed, its follow-up
 * does the rest.
 */
export async function finishCutOff(stop?: Stop): Promise<void> {
  const cutOff = iterateNew<Invitation>((failed) => Invitation.listCutOff(failed));
  await actOnEach(cutOff, settleOrGiveBack, { stop, what: "invitations" });
}

type Claimed = Pick<Invitation, "_id"> & { taken?: { by?: User["_id"] | null } | null };

async function settleOrGiveBack({ _id, taken }: Claimed): Promise<void> {
  if (!taken?.by) return;
  const user = await User.findById(taken.by);
  if (user?.usedLinks?.some((link) => link.equals(_id))) await Invitation.markAccepted(_id, user._id);
  else await Invitation.unclaim(_id, taken.by);
}

/** Claims an invitation for an account. Returns false if the invitation is no longer valid. */
async function take(invitation: Invitation, by: User["_id"]): Promise<boolean> {
  if (!(await Invitation.claim(invitation._id, by))) return false;
  if (await checkInvitation(invitation)) return true;
  await Invitation.unclaim(invitation._id, by);
  return false;
}

/**
 * Opens the account. If an unconfirmed registration with the same email has the username or another unique value, that
 * registration is deleted first.
 */
async function open(actor: Actor, newcomer: Omit<NewAccount, "entry">, data: Acceptance) {
  const completion = { followUp: afterAccepting, data };
  const opened = await openAccount(actor, newcomer, completion);
  if (!isTaken(opened) || opened.taken === "email") return opened;
  const values: Record<string, unknown> = { ...newcomer.profile, username: newcomer.username };
  const own = await User.findByUnique(opened.taken, String(values[opened.taken]));
  if (!own || own.emailConfirmedAt || own.email !== newcomer.email || !(await dropSignUp(own))) return opened;
  return openAccount(actor, newcomer, completion);
}
