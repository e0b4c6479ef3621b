import type { Actor } from "../../actor.js";
import { Forbidden, NotFound } from "../../errors.js";
import { Domain, MOST_OF_ONE } from "../../models/domain.js";
import { belongsTo, mayLeave, mayVisit } from "../../policies/domains.js";

/** Lists the actor's domains, sorted by name. */
export async function listDomains({ user }: Pick<Actor, "user">): Promise<Domain[]> {
  const ids = new Set((user?.isMember ? user.roles : []).map(({ domain }) => domain));
  return Domain.listByIds([...ids].filter((id) => id !== null));
}

/** Finds a domain that this actor may visit. It is hidden from all other actors. @throws NotFound */
export async function findVisibleDomain(actor: Actor, slug: string): Promise<Domain> {
  const domain = await Domain.findBySlug(slug);
  if (!domain || !mayVisit(actor, domain)) throw new NotFound();
  return domain;
}

/** Finds a domain that this actor is a member of and may leave. @throws NotFound, Forbidden */
export async function findDomainToLeave(actor: Actor, slug: string): Promise<Domain> {
  const domain = await findVisibleDomain(actor, slug);
  if (!belongsTo(actor, domain._id)) throw new NotFound();
  if (!mayLeave(actor, domain))
    throw new Forbidden("Admins can't leave their own organization. Ask a site admin to remove you.");
  return domain;
}

/** Returns the domain of a post, or null if the actor may not visit its page. */
export async function findShownDomain(actor: Actor, post: { domain?: unknown }): Promise<Domain | null> {
  return (await findShownDomains(actor, [post])).get(String(post.domain)) ?? null;
}

/** Returns the domains of several posts that the actor may visit, by domain id. */
export async function findShownDomains(actor: Actor, posts: { domain?: unknown }[]): Promise<Map<string, Domain>> {
  const open = posts.filter(({ domain }) => domain && mayVisit(actor, { _id: domain }));
  const found = await Domain.listByIds([...new Set(open.map(({ domain }) => String(domain)))]);
  return new Map(found.map((domain) => [String(domain._id), domain]));
}

/** Returns the slugs of all domains in which these users have roles, by domain id. */
export async function findSlugs(people: { roles?: Iterable<{ domain?: unknown }> }[]): Promise<Map<string, string>> {
  const ids = new Set(
    people
      .flatMap(({ roles = [] }) => [...roles].map(({ domain }) => domain))
      .filter(Boolean)
      .map(String),
  );
  const domains = (await Promise.all(splitIds([...ids]).map(Domain.listByIds))).flat();
  return new Map(domains.map(({ _id, slug }) => [String(_id), slug]));
}

/** Splits ids into batches that one query can read. */
const splitIds = (ids: string[]) =>
  Array.from({ length: Math.ceil(ids.length / MOST_OF_ONE) }, (_, n) =>
    ids.slice(n * MOST_OF_ONE, (n + 1) * MOST_OF_ONE),
  );
