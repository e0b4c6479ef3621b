import type { Actor } from "../actor.js";
import { config } from "../config.js";
import { Forbidden, InvitationOver, NotFound } from "../errors.js";
import type { InvitationData } from "../forms/admin/invitations.js";
import { roleInWords } from "../lib/role-words.js";
import { domainRoles, type Role, roleNames } from "../lib/roles.js";
import * as mail from "../mail/index.js";
import { Domain, type DomainNames } from "../models/domain.js";
import { Invitation } from "../models/invitation.js";
import { managesInvitations, mayInvite } from "../policies/invitations.js";
import { record } from "./audit.js";
import { domainsOf } from "./domains.js";
import { demandMail } from "./mail-budget.js";

const idOf = (domain: unknown) => (domain ? String(domain) : null);

/** What somebody may choose from to ask others in; the domains are null where there are too many to choose from. */
export async function choicesOf(actor: Actor) {
  const domains = await domainsToChoose(actor);
  const hasDomains = domains === null || domains.length > 0;
  const roles = roleNames.filter((role) => mayInvite(actor, role) || (hasDomains && isForDomains(role)));
  return { roles, domains, everywhere: managesInvitations(actor) };
}

const isForDomains = (role: Role) => domainRoles.some((one) => one === role);

async function domainsToChoose(actor: Actor): Promise<DomainNames[] | null> {
  if (!managesInvitations(actor)) {
    return (await domainsOf(actor)).filter(({ _id }) => managesInvitations(actor, _id));
  }
  const { domains, next } = await Domain.listAll();
  return next ? null : domains;
}

/**
 * Asks somebody in by mail. It is the same whether the address has an account or not: only whoever reads the mail learns it.
 * @returns what stands against it: no such domain to invite into, a role that domains have not, or asked already
 * @throws Forbidden, TooManyRequests
 */
export async function invite(
  actor: Actor,
  { email, role, domain: slug }: InvitationData,
): Promise<"sent" | "no-domain" | "no-role" | "pending"> {
  const domain = slug === null ? null : await Domain.findBySlug(slug);
  if (slug !== null && !(domain && managesInvitations(actor, domain._id))) return "no-domain";
  if (domain && !isForDomains(role)) return "no-role";
  demand(actor, role, domain?._id);
  const grant = { role, domain: idOf(domain?._id) };
  if (await Invitation.isPending(email, grant.domain)) return "pending";
  await demandMail("invitation", email, { own: actor.user?.id ?? "" });
  await send(actor, await Invitation.prepare(email, grant, actor.user?.id ?? ""), domain);
  return "sent";
}

/** Sends an invitation once more, for another 7 days, in the actor's name. @throws NotFound, Forbidden, InvitationOver, TooManyRequests */
export async function resend(actor: Actor, id: string): Promise<string> {
  const { _id, role, domain, email } = await managed(actor, id);
  demand(actor, role, domain);
  const place = domain ? await Domain.namesOf(String(domain)) : null;
  await demandMail("invitation", email, { own: actor.user?.id ?? "" });
  const again = domain && !place ? null : await Invitation.prepareAgain(_id, actor.user?.id ?? "");
  if (!again) throw new InvitationOver();
  await send(actor, again, place);
  return email;
}

/** Takes an invitation back: its link is worth nothing from now on. @throws NotFound, InvitationOver */
export async function revoke(actor: Actor, id: string): Promise<string> {
  const { _id, email, role, domain } = await managed(actor, id);
  if (!(await Invitation.revoke(_id))) throw new InvitationOver();
  await record(actor, "invitation.revoked", actor.user, details(_id, role, domain));
  return email;
}

/** @throws Forbidden */
function demand(actor: Actor, role: Role, domain: unknown): void {
  if (config.registration === "closed") throw new Forbidden("Nobody can be invited while there are no new accounts.");
  if (!mayInvite(actor, role, domain)) throw new Forbidden("This role is not yours to give.");
}

/** The invitation if this actor looks after it. To others it does not exist. @throws NotFound */
async function managed(actor: Actor, id: string): Promise<Invitation> {
  const invitation = await Invitation.findById(id).lean<Invitation>();
  if (!invitation || !managesInvitations(actor, invitation.domain)) throw new NotFound();
  return invitation;
}

async function send(actor: Actor, invitation: Invitation, domain: DomainNames | null): Promise<void> {
  const { _id, email, role, expiresAt: until } = invitation;
  await record(actor, "invitation.sent", actor.user, details(_id, role, invitation.domain));
  const words = { inviter: actor.user?.username ?? "", what: roleInWords(role, domain), domain: domain?.name ?? null };
  await mail.invitation({ email, until, ...words }, String(_id));
}

const details = (id: unknown, role: Role, domain: unknown) => ({
  invitation: String(id),
  role,
  ...(domain ? { domain: String(domain) } : {}),
});
