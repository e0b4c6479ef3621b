import type { Actor, ActorRecord } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { Forbidden, NotFound } from "../../errors.js";
import { Domain, type DomainNames } from "../../models/domain.js";
import { Membership } from "../../models/membership.js";
import { deriveFormId, isDeletedWhenUndone } from "../../models/outbox/once.js";
import { isEntryOf } from "../../models/outbox.js";
import { managesAllDomains, managesDomain, mayManageDomains } from "../../policies/domains.js";
import { type Event, record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { withdrawPosts } from "../post/deletion.js";
import { listDomains } from "./domains.js";

/**
 * Lists the domains that the actor manages: all domains, page by page, or their own.
 * @param after `next` of the previous page
 */
export async function listManaged(actor: Actor, after?: string) {
  if (managesAllDomains(actor)) return Domain.listAll(after);
  return { domains: (await listDomains(actor)).filter((domain) => managesDomain(actor, domain)), next: null };
}

/** Finds a domain whose members this actor manages, or returns null. */
export async function findDomainToManage(actor: Actor, slug: string): Promise<Domain | null> {
  const domain = await Domain.findBySlug(slug);
  return domain && managesDomain(actor, domain) ? domain : null;
}

/** Finds a domain whose members this actor manages. It is hidden from all other actors. @throws NotFound */
export async function findManagedDomain(actor: Actor, slug: string): Promise<Domain> {
  const domain = await findDomainToManage(actor, slug);
  if (!domain) throw new NotFound();
  return domain;
}

const note = (actor: ActorRecord, event: Event, id: unknown, { name, slug }: DomainNames) =>
  record(actor, event, null, { domain: String(id), name, slug });

const afterOpening = followUp<DomainNames>(Domain, "domain.opened", ({ id, actor, data }) =>
  note(actor, "domain.opened", id, data),
);
const afterRenaming = followUp<DomainNames>(Domain, "domain.renamed", ({ id, actor, data }) =>
  note(actor, "domain.renamed", id, data),
);

/**
 * Removes the members first, so that nobody can add anything. Then the posts go back to their authors as drafts,
 * and finally the domain is deleted.
 */
const afterClosing = followUp<DomainNames>(
  Domain,
  "domain.closed",
  async ({ id, actor, data }) => {
    await Membership.endAll(id);
    await withdrawPosts(id);
    await note(actor, "domain.closed", id, data);
    await Domain.deleteOne({ _id: id });
  },
  { isLast: true },
);

/** Creates a domain. @param key the form's idempotency key, if any @throws Forbidden */
export async function createDomain(
  actor: Actor,
  { name, slug }: DomainNames,
  key?: string,
): Promise<Domain | Outcome<"slug-taken">> {
  if (!mayManageDomains(actor)) throw new Forbidden();
  const id = await deriveFormId(key, ["domain", actor.user?.id ?? "", name, slug], isDeletedWhenUndone);
  const entry = afterOpening.entry(actor, { name, slug });
  const domain = await Domain.open({ name, slug }, id, entry);
  if (!domain) return "slug-taken";
  if (isEntryOf(domain, entry)) await afterOpening.finish(id, entry);
  return domain;
}

/**
 * Changes the name and slug of a domain, unless they have changed since they were read.
 * @throws NotFound, Forbidden
 */
export async function renameDomain(
  actor: Actor,
  domain: Domain,
  { name, slug }: DomainNames,
): Promise<Outcome<"done" | "unchanged" | "stale" | "slug-taken">> {
  if (!mayManageDomains(actor)) throw new Forbidden();
  const about = { id: domain._id, actor, data: { name, slug } };
  const outcome = await afterRenaming.make(about, (entry) => Domain.rename(domain, { name, slug }, entry));
  if (outcome === "not-found") throw new NotFound();
  return outcome;
}

/**
 * Closes a domain. Concurrent requests that add a member or a post check `Domain.isOpen` afterwards and undo it.
 * @param since the domain as the client read it: if its name or slug has changed, nothing happens ("stale")
 * @throws Forbidden
 */
export async function closeDomain(
  actor: Actor,
  { _id, name, slug }: Domain,
  since?: DomainNames,
): Promise<Outcome<"done" | "stale">> {
  if (!mayManageDomains(actor)) throw new Forbidden();
  const about = { id: _id, actor, data: { name, slug } };
  const isClosed = await afterClosing.make(about, (entry) => Domain.close(_id, entry, since));
  return since && !isClosed ? "stale" : "done";
}
