import { type Actor, type Principal, systemActor } from "../../actor.js";
import { config } from "../../config/index.js";
import { Domain, type DomainNames } from "../../models/domain.js";
import { Invitation } from "../../models/invitation.js";
import { toGrants } from "../../models/user/roles.js";
import { User } from "../../models/user.js";
import { mayInvite } from "../../policies/invitations.js";

/** An invitation that is good, and whose account has the address that it was mailed to. */
export type Opened = { invitation: Invitation; inviter: User; domain: DomainNames | null; owner: User | null };

/**
 * What a link does, without using it; null when it is invalid. Who opens it while they are logged in to an account
 * that named the address and did not confirm it is its owner: the link proves the address.
 */
export async function openInvitation(actor: Actor, secret: string): Promise<Opened | null> {
  const invitation = await Invitation.findOpen(secret);
  const found = invitation && (await checkInvitation(invitation));
  if (!found || found.owner || actor.user?.email !== invitation.email) return found;
  const own = await User.findById(actor.user.id);
  return { ...found, owner: own?.email === invitation.email ? own : null };
}

/** The id of the account that accepted by this link before; null when none did, or when it is gone. */
export async function findAcceptedBy(secret: string): Promise<string | null> {
  const by = await Invitation.findAccepted(secret);
  return by && (await User.exists({ _id: by })) ? String(by) : null;
}

/** An invitation grants what its sender may give now, not what they could give when they sent it. */
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

/** Somebody as policies see them, as if they asked now. */
export function toPrincipal({ id, roles, disabledAt, emailConfirmedAt }: User): Principal {
  const isMember = emailConfirmedAt !== null || config.emailConfirmation === "optional";
  return { ...systemActor, user: disabledAt ? null : { id, isMember, roles: toGrants(roles) } };
}
