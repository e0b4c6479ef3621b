import type { Actor } from "../actor.js";
import { Forbidden, NotFound } from "../errors.js";
import { Domain, type DomainNames } from "../models/domain.js";
import { Membership } from "../models/membership.js";
import { Post } from "../models/post.js";
import { managesAllDomains, managesDomain, mayManageDomains } from "../policies/domains.js";
import { type Event, record } from "./audit.js";
import { domainsOf } from "./domains.js";

/** The domains that somebody looks after: all, page by page, or their own. @param after `next` of the page before */
export async function listManaged(actor: Actor, after?: string) {
  if (managesAllDomains(actor)) return Domain.listAll(after);
  return { domains: (await domainsOf(actor)).filter((domain) => managesDomain(actor, domain)), next: null };
}

/** The domain if this actor looks after its people. To others it does not exist. @throws NotFound */
export async function managedDomain(actor: Actor, slug: string): Promise<Domain> {
  const domain = await Domain.findBySlug(slug);
  if (!domain || !managesDomain(actor, domain)) throw new NotFound();
  return domain;
}

/** Opens a domain; null when its address is taken. @throws Forbidden */
export async function openDomain(actor: Actor, names: DomainNames): Promise<Domain | null> {
  if (!mayManageDomains(actor)) throw new Forbidden();
  const domain = await Domain.found(names);
  if (domain) await note(actor, "domain.opened", domain);
  return domain;
}

/**
 * Gives a domain another name and address, if it still has those that were read. "taken": another domain has the address.
 * @throws NotFound, Forbidden
 */
export async function renameDomain(actor: Actor, domain: Domain, names: DomainNames) {
  if (!mayManageDomains(actor)) throw new Forbidden();
  const outcome = await Domain.rename(domain, names);
  if (outcome === "gone") throw new NotFound();
  if (outcome === "done") await note(actor, "domain.renamed", { ...domain, ...names });
  return outcome;
}

/**
 * Closes a domain. Nobody is in it first, so that nothing new comes; its posts become drafts of their authors; and it goes
 * last, so that after a crash it can be closed again. @throws Forbidden
 */
export async function closeDomain(actor: Actor, domain: Domain): Promise<void> {
  if (!mayManageDomains(actor)) throw new Forbidden();
  await Membership.endAll(domain._id);
  await Post.withdrawFrom(domain._id);
  await Domain.deleteOne({ _id: domain._id });
  await note(actor, "domain.closed", domain);
}

const note = (actor: Actor, event: Event, { _id, name, slug }: Domain) =>
  record(actor, event, null, { domain: String(_id), name, slug });
