import type { Actor } from "../../actor.js";
import { type Role, roleNames, roles } from "../../definitions/roles.js";
import { Domain } from "../../models/domain.js";
import { Invitation } from "../../models/invitation.js";
import { User } from "../../models/user.js";
import { managesInvitations, mayInvite } from "../../policies/invitations.js";
import { toPrincipal } from "./find.js";

/** State of an invitation. "idle": its sender may no longer grant this role. */
type InvitationStatus = "pending" | "idle" | "accepted" | "revoked" | "expired";

/** An invitation as its managers see it. */
export type ListedInvitation = {
  id: string;
  email: string;
  role: Role;
  roleLabel: string;
  /** The domain's name; null if the invitation is for the whole site. */
  domain: string | null;
  inviter: string | null;
  sentAt: Date;
  expiresAt: Date;
  state: InvitationStatus;
  acceptedAt: Date | null;
  acceptedBy: string | null;
  mayResend: boolean;
  mayRevoke: boolean;
};

/**
 * Lists the invitations that the actor manages, newest first: all of them, or those to the actor's domains.
 * @param before `older` of the previous page
 */
export async function listInvitations(actor: Actor, before?: string) {
  const { page, older } = await Invitation.list(domainsManaged(actor), before);
  const inviters = await byId(page.map(({ invitedBy }) => String(invitedBy)));
  const names = await Domain.namesIn(page);
  const listed = page.map((one) =>
    describe(actor, one, { inviter: inviters.get(String(one.invitedBy)) ?? null, names }),
  );
  return { list: await Promise.all(listed), older };
}

function domainsManaged(actor: Actor): string[] | null {
  if (managesInvitations(actor)) return null;
  const held = (actor.user?.roles ?? []).map(({ domain }) => domain ?? "");
  return [...new Set(held)].filter((domain) => domain && managesInvitations(actor, domain));
}

/** Reads users one by one. There are at most as many as there are lines on a page. */
async function byId(ids: string[]): Promise<Map<string, User>> {
  const found = await Promise.all([...new Set(ids)].map((id) => User.findById(id)));
  return new Map(found.filter((user) => user !== null).map((user) => [user.id as string, user]));
}

type Known = { inviter: User | null; names: Map<string, string> };

async function describe(actor: Actor, invitation: Invitation, { inviter, names }: Known): Promise<ListedInvitation> {
  const { _id, email, domain: place, sentAt, expiresAt, acceptedAt, acceptedBy } = invitation;
  const role = roleNames.find((name) => name === invitation.role) ?? "user";
  const domain = place ? (names.get(String(place)) ?? "a deleted organization") : null;
  const state = getState(invitation, inviter);
  const isUnused = !invitation.acceptedAt && !invitation.revokedAt;
  return {
    id: String(_id),
    email,
    role,
    roleLabel: roles[role].label,
    domain,
    inviter: inviter?.username ?? null,
    sentAt,
    expiresAt,
    state,
    acceptedAt: acceptedAt ?? null,
    acceptedBy: acceptedBy ? ((await User.findByline(String(acceptedBy)))?.username ?? null) : null,
    mayResend: isUnused && mayInvite(actor, role, place),
    mayRevoke: state === "pending" || state === "idle",
  };
}

function getState(
  { role, domain, acceptedAt, revokedAt, expiresAt }: Invitation,
  inviter: User | null,
): InvitationStatus {
  if (acceptedAt) return "accepted";
  if (revokedAt) return "revoked";
  if (expiresAt <= new Date()) return "expired";
  return inviter && mayInvite(toPrincipal(inviter), role, domain) ? "pending" : "idle";
}
