import { type Actor, type Principal, systemActor } from "../../actor.js";
import { config } from "../../config/index.js";
import { Domain, type DomainNames } from "../../models/domain.js";
import { Invitation } from "../../models/invitation.js";
import { toGrants } from "../../models/user/roles.js";
import { User } from "../../models/user.js";
import { mayInvite } from "../../policies/invitations.js";

/** A valid invitation. `owner` is the account that has the invited email, if any. */
export type Opened = { invitation: Invitation; inviter: User; domain: DomainNames | null; owner: User | null };

/**
 * Finds the invitation for a link without using it. Returns null if the link is invalid. A logged-in user whose account
 * has this email unconfirmed counts as the owner, because the link confirms the email.
 */
export async function openInvitation(actor: Actor, secret: string): Promise<Opened | null> {
  const invitation = await Invitation.findOpen(secret);
  const found = invitation && (await checkInvitation(invitation));
  if (!found || found.owner || actor.user?.email !== invitation.email) return found;
  const own = await User.findById(actor.user.id);
  return { ...found, owner: own?.email === invitation.email ? own : null };
}

/**
 * Returns the id of the account that accepted through this link. Returns null if there is none or if it was deleted. What the
 * account has stored decides, because the invitation is marked a moment later.
 */
export async function findAcceptedBy(secret: string): Promise<string | null> {
  const used = await Invitation.findUsed(secret);
  if (!used) return null;
  const { _id: link, acceptedBy, taken } = used;
  const by = acceptedBy ?? taken?.by;
  const account = acceptedBy ? { _id: by } : { _id: by, usedLinks: link };
  return (await User.exists(account)) ? String(by) : null;
}

/** Checks an invitation against the current permissions of its sender, not those at the time it was sent. */
export async function checkInvitation(invitation: Invitation): Promise<Opened | null> {
  const { role, domain: place, email } = invitation;
  const [inviter, domain, owner] = await Promise.all([
    User.findById(invitation.invitedBy),
    place ? Domain.findNames(String(place)) : null,
    User.findByEmail(email),
  ]);
  if (
    !inviter ||
    (place && (!domain || !(await Domain.isOpen(place)))) ||
    !mayInvite(toPrincipal(inviter), role, place)
  )
    return null;
  return { invitation, inviter, domain, owner };
}

/** Converts a user to a principal for policies, as if they were making a request now. */
export function toPrincipal({ id, roles, disabledAt, emailConfirmedAt }: User): Principal {
  const isMember = emailConfirmedAt !== null || config.emailConfirmation === "optional";
  return { ...systemActor, user: disabledAt ? null : { id, isMember, roles: toGrants(roles) } };
}
