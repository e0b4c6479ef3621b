import type { Actor } from "../../actor.js";
import { type Role, roleNames, roles } from "../../definitions/roles.js";
import { NotFound } from "../../errors.js";
import { Domain } from "../../models/domain.js";
import { Invitation } from "../../models/invitation.js";
import { User } from "../../models/user.js";
import { managesInvitations, mayInvite } from "../../policies/invitations.js";
import { type AskedPage, toRange } from "../domain/domains.js";
import { toPrincipal } from "./find.js";
import { findManagedInvitation } from "./invitations.js";

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
  /** The slug of its domain; null also if the domain was closed. */
  slug: string | null;
  inviter: string | null;
  sentAt: Date;
  expiresAt: Date;
  state: InvitationStatus;
  acceptedAt: Date | null;
  acceptedBy: string | null;
  revokedAt: Date | null;
  mayResend: boolean;
  mayRevoke: boolean;
};

/**
 * Lists the invitations that the actor manages, newest first: all of them, or those to the actor's domains.
 * @param before `older` of the previous page
 */
export async function listInvitations(actor: Actor, before?: string, range: { size?: number; skip?: number } = {}) {
  const { page, older } = await Invitation.list(domainsManaged(actor), before, range);
  return { list: await describeAll(actor, page), older };
}

/** The same for the API: any page, and the number of all, up to REACH. */
export async function listInvitationPage(actor: Actor, asked: AskedPage) {
  const [{ list, older }, total] = await Promise.all([
    listInvitations(actor, asked.after, toRange(asked)),
    Invitation.count(domainsManaged(actor)),
  ]);
  return { list, next: older, total };
}

/** Reads an invitation that the actor manages. @throws NotFound */
export async function readInvitation(actor: Actor, id: string): Promise<ListedInvitation> {
  const [found] = await describeAll(actor, [await findManagedInvitation(actor, id)]);
  if (!found) throw new NotFound();
  return found;
}

async function describeAll(actor: Actor, page: Invitation[]): Promise<ListedInvitation[]> {
  const inviters = await byId(page.map(({ invitedBy }) => String(invitedBy)));
  const places = [...new Set(page.flatMap(({ domain }) => (domain ? [String(domain)] : [])))];
  const domains = new Map((await Domain.listByIds(places)).map((domain) => [String(domain._id), domain]));
  const listed = page.map((one) =>
    describe(actor, one, { inviter: inviters.get(String(one.invitedBy)) ?? null, domains }),
  );
  return Promise.all(listed);
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

type Known = { inviter: User | null; domains: Map<string, Domain> };

async function describe(actor: Actor, invitation: Invitation, { inviter, domains }: Known): Promise<ListedInvitation> {
  const { _id, email, domain: place, sentAt, expiresAt, acceptedAt, acceptedBy, revokedAt } = invitation;
  const role = roleNames.find((name) => name === invitation.role) ?? "user";
  const found = domains.get(String(place));
  const state = getState(invitation, inviter);
  const isUnused = !invitation.acceptedAt && !invitation.revokedAt;
  return {
    id: String(_id),
    email,
    role,
    roleLabel: roles[role].label,
    domain: place ? (found?.name ?? "a deleted organization") : null,
    slug: found?.slug ?? null,
    inviter: inviter?.username ?? null,
    sentAt,
    expiresAt,
    state,
    acceptedAt: acceptedAt ?? null,
    acceptedBy: acceptedBy ? ((await User.findByline(String(acceptedBy)))?.username ?? null) : null,
    revokedAt: revokedAt ?? null,
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
