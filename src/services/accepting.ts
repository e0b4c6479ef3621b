import { type Actor, ourselves, type Standing } from "../actor.js";
import { config } from "../config.js";
import * as passwords from "../lib/passwords.js";
import { actOnEach, everyNew, type Stop } from "../lib/until-done.js";
import { Domain, type DomainNames } from "../models/domain.js";
import { asGrants } from "../models/grants.js";
import { Invitation } from "../models/invitation.js";
import { User } from "../models/user.js";
import { welcome } from "../models/welcoming.js";
import { mayInvite } from "../policies/invitations.js";
import { record } from "./audit.js";
import { dropSignUp } from "./deletion.js";
import { removeOtherSignUps } from "./email-confirmation.js";

/** An invitation that is good, and whose account has the address that it was mailed to. */
export type Opened = { invitation: Invitation; inviter: User; domain: DomainNames | null; owner: User | null };

/** What a link is good for, without using it; null when it is good for nothing. */
export async function openInvitation(secret: string): Promise<Opened | null> {
  const invitation = await Invitation.findOpen(secret);
  return invitation && opened(invitation);
}

/** An invitation is worth what whoever sent it may give now, not what they could give then. */
async function opened(invitation: Invitation): Promise<Opened | null> {
  const { role, domain: place, email } = invitation;
  const [inviter, domain, owner] = await Promise.all([
    User.findById(invitation.invitedBy),
    place ? Domain.namesOf(String(place)) : null,
    User.findByEmail(email),
  ]);
  if (!inviter || (place && !domain) || !mayInvite(standingOf(inviter), role, place)) return null;
  return { invitation, inviter, domain, owner };
}

/** Somebody as policies see them, as if they asked now. */
export function standingOf({ id, roles, disabledAt, emailConfirmedAt }: User): Standing {
  const isMember = emailConfirmedAt !== null || config.emailConfirmation === "optional";
  return { ...ourselves, user: disabledAt ? null : { id, isMember, roles: asGrants(roles) } };
}

/**
 * Opens an account by an invitation, which proves its address.
 * @returns the account; or what another account has, then the invitation is as it was; or "gone" when it is over
 * @throws Overloaded
 */
export async function acceptAsNew(
  actor: Actor,
  { invitation }: Opened,
  { username, password }: { username: string; password: string },
): Promise<User | "username" | "email" | "id" | "gone"> {
  const { _id, email } = invitation;
  const passwordHash = await passwords.hash(password);
  const id = await take(invitation);
  if (!id) return "gone";
  const user = await openAccount({ _id: id, username, email, passwordHash });
  if (typeof user === "string") {
    await Invitation.giveBack(_id, id);
    return user;
  }
  await record(actor, "user.registered", user);
  await finish(actor, invitation, user);
  return user;
}

/** Gives the account that the address belongs to what the invitation offers. False when it is over. */
export async function acceptAsOwner(actor: Actor, { invitation, owner }: Opened): Promise<boolean> {
  if (!owner || owner.id !== actor.user?.id || !(await take(invitation, owner))) return false;
  await finish(actor, invitation, owner);
  return true;
}

/** Finishes what a process began and did not live to see, or undoes it where no account was opened. */
export async function finishCutOff(actor: Actor, stop?: Stop): Promise<void> {
  const cutOff = everyNew(Invitation.listCutOff, ({ _id }) => _id);
  await actOnEach(cutOff, (invitation) => finishOrUndo(actor, invitation), { stop, what: "invitations" });
}

async function finishOrUndo(actor: Actor, invitation: Invitation): Promise<void> {
  const by = invitation.taken?.by;
  const user = by && (await User.findById(by));
  if (user) await finish(actor, invitation, user);
  else if (by) await Invitation.giveBack(invitation._id, by);
}

/** Keeps it for one account, if it is still good at that moment. */
async function take(invitation: Invitation, owner?: User) {
  const by = await Invitation.take(invitation._id, owner?._id);
  if (!by || (await opened(invitation))) return by;
  await Invitation.giveBack(invitation._id, by);
  return null;
}

/** The name may be the person's own: of a sign-up with this address, which goes in any case. */
async function openAccount(newcomer: Parameters<typeof welcome>[0]) {
  const user = await welcome(newcomer);
  if (user !== "username") return user;
  const name = newcomer.username.toLowerCase();
  const own = (await User.listUnconfirmed(newcomer.email)).find((one) => one.username.toLowerCase() === name);
  if (!own) return user;
  await dropSignUp(own);
  return welcome(newcomer);
}

/** Each step may be done twice, and the invitation is over last: what a crash leaves undone is done by `finishCutOff`. */
async function finish(actor: Actor, invitation: Invitation, user: User): Promise<void> {
  const { _id, role, domain, email, invitedBy } = invitation;
  const givesMore = role !== "user" || Boolean(domain);
  if (givesMore) await user.grantRole({ role, domain: domain ? String(domain) : null });
  if (!(await Invitation.settle(_id, user._id))) return;
  const what = { role, ...(domain && { domain: String(domain) }) };
  await record(actor, "invitation.accepted", user, { invitation: String(_id), inviter: String(invitedBy), ...what });
  if (givesMore) await record(actor, "role.granted", user, what);
  await removeOtherSignUps(email);
}
