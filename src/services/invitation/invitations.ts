import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import { findRefusal } from "../../definitions/account-rules.js";
import type { Outcome, Refused } from "../../definitions/outcomes.js";
import { describeRole, domainRoles, offeredRoles, type Role, toRoleChoice } from "../../definitions/roles.js";
import { Forbidden, InvitationClosed, NotFound } from "../../errors.js";
import type { InvitationData } from "../../forms/admin/invitations.js";
import * as mail from "../../mail/index.js";
import { Domain, type DomainNames } from "../../models/domain.js";
import { Invitation } from "../../models/invitation.js";
import { deriveFormId } from "../../models/outbox/once.js";
import { isEntryOf, type OutboxEntry } from "../../models/outbox.js";
import { managesInvitations, mayInvite } from "../../policies/invitations.js";
import { record } from "../audit.js";
import { listDomains } from "../domain/domains.js";
import { followUp } from "../follow-ups.js";
import { demandMail } from "../mail/limits.js";

const toId = (domain: unknown) => (domain ? String(domain) : null);

type About = { role: Role; domain: string | null };
type Sending = About & { words: { inviter: string; what: string; domain: string | null } };

const afterSending = followUp<Sending>(Invitation, "invitation.sent", async ({ id, actor, data }) => {
  await record(actor, "invitation.sent", actor.user, details(id, data.role, data.domain));
  const sent = await Invitation.findById(id).lean<Invitation>();
  if (sent) await mail.sendInvitation({ email: sent.email, until: sent.expiresAt, ...data.words }, String(id));
});

const afterRevoking = followUp<About>(Invitation, "invitation.revoked", ({ id, actor, data }) =>
  record(actor, "invitation.revoked", actor.user, details(id, data.role, data.domain)),
);

/** Lists the roles and domains that the actor can invite to. `domains` is null if there are too many to list. */
export async function listChoices(actor: Actor) {
  const domains = await domainsToChoose(actor);
  const hasDomains = domains === null || domains.length > 0;
  const roles = offeredRoles.filter((role) => mayInvite(actor, role) || (hasDomains && isForDomains(role)));
  return { roles: roles.map(toRoleChoice), domains, everywhere: managesInvitations(actor) };
}

const isForDomains = (role: Role) => domainRoles.some((one) => one === role);

async function domainsToChoose(actor: Actor): Promise<DomainNames[] | null> {
  if (!managesInvitations(actor)) {
    return (await listDomains(actor)).filter(({ _id }) => managesInvitations(actor, _id));
  }
  const { domains, next } = await Domain.listAll();
  return next ? null : domains;
}

/**
 * Sends an invitation by email, once for each key of a form. The work is the same whether the email has an account or
 * not: only the reader of the email learns it.
 * @returns the id; "not-found" if the domain does not exist or the actor may not invite to it, "invalid" if domains do not have
 *   the role, "exists" if an invitation is pending; the refusal of the email by a rule
 * @throws Forbidden, TooManyRequests
 */
export async function invite(
  actor: Actor,
  { email, role, domain: slug }: InvitationData,
  key?: string,
): Promise<{ id: string } | Refused | Outcome<"not-found" | "invalid" | "exists">> {
  const domain = slug === null ? null : await Domain.findBySlug(slug);
  if (slug !== null && !(domain && managesInvitations(actor, domain._id))) return "not-found";
  if (domain && !isForDomains(role)) return "invalid";
  demand(actor, role, domain?._id);
  const refused = findRefusal({ email });
  if (refused) return refused;
  const grant = { role, domain: toId(domain?._id) };
  const inviter = actor.user?.id ?? "";
  const words = ["invitation", inviter, email, role, grant.domain ?? ""];
  const _id = await deriveFormId(key, words, (id) => Invitation.isOver(id));
  const isPending = await Invitation.isPending(email, grant.domain);
  if (isPending) return (await Invitation.exists({ _id })) ? { id: String(_id) } : "exists"; // checked second: a double click may be faster
  await demandMail("invitation", email, { own: inviter });
  const entry = afterSending.entry(actor, sending(actor, role, domain));
  const sent = await Invitation.prepare(email, grant, inviter, { _id, entry });
  if (isEntryOf(sent, entry)) await afterSending.finish(_id, entry);
  return { id: String(_id) };
}

/**
 * Sends an invitation again with the actor as sender. It is then valid for another 7 days.
 * @throws NotFound, Forbidden, InvitationClosed, TooManyRequests
 */
export async function resend(actor: Actor, id: string): Promise<string> {
  const { _id, role, domain, email } = await findManagedInvitation(actor, id);
  demand(actor, role, domain);
  const place = domain ? await Domain.findNames(String(domain)) : null;
  await demandMail("invitation", email, { own: actor.user?.id ?? "" });
  const again = (entry: OutboxEntry) => Invitation.prepareAgain(_id, actor.user?.id ?? "", entry);
  const about = { id: _id, actor, data: sending(actor, role, place && { ...place, _id: domain }) };
  if ((domain && !place) || !(await afterSending.make(about, again))) throw new InvitationClosed();
  return email;
}

/** Revokes an invitation and makes its link invalid. Idempotent. @throws NotFound, InvitationClosed */
export async function revoke(actor: Actor, id: string): Promise<string> {
  const { _id, email, role, domain } = await findManagedInvitation(actor, id);
  const about = { id: _id, actor, data: { role, domain: toId(domain) } };
  const isRevoked = await afterRevoking.make(about, (entry) => Invitation.revoke(_id, entry));
  if (!isRevoked && !(await Invitation.isRevoked(_id))) throw new InvitationClosed();
  return email;
}

/** @throws Forbidden */
function demand(actor: Actor, role: Role, domain: unknown): void {
  if (config.registration === "closed") throw new Forbidden("You can't invite anyone while registration is closed.");
  if (!mayInvite(actor, role, domain)) throw new Forbidden("You can't grant this role.");
}

/** Finds an invitation that this actor manages. For other actors it does not exist. @throws NotFound */
export async function findManagedInvitation(actor: Actor, id: string): Promise<Invitation> {
  const invitation = await Invitation.findById(id).lean<Invitation>();
  if (!invitation || !managesInvitations(actor, invitation.domain)) throw new NotFound();
  return invitation;
}

const sending = (actor: Actor, role: Role, domain: (DomainNames & { _id?: unknown }) | null): Sending => ({
  role,
  domain: toId(domain?._id),
  words: { inviter: actor.user?.username ?? "", what: describeRole(role, domain), domain: domain?.slug ?? null },
});

const details = (id: unknown, role: Role, domain: unknown) => ({
  invitation: String(id),
  role,
  ...(domain ? { domain: String(domain) } : {}),
});
