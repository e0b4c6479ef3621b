import type { Actor } from "../../actor.js";
import { Forbidden, NotFound } from "../../errors.js";
import { Domain, MOST_OF_ONE } from "../../models/domain.js";
import { belongsTo, mayLeave, maySee, mayVisit, seesAllDomains } from "../../policies/domains.js";

/** Lists the actor's domains, sorted by name. */
export async function listDomains({ user }: Pick<Actor, "user">): Promise<Domain[]> {
  const ids = new Set((user?.isMember ? user.roles : []).map(({ domain }) => domain));
  return Domain.listByIds([...ids].filter((id) => id !== null));
}

/** One page of a list: a number, or what follows the last entry of the previous page. */
export type AskedPage = { page: number; limit: number; after?: string | undefined };

/** Converts a page to what a model reads. */
export const toRange = ({ page, limit, after }: AskedPage) => ({
  size: limit,
  skip: after === undefined ? (page - 1) * limit : 0,
});

/** Lists the domains that the actor sees, sorted by slug: all, or their own. `total` is counted up to REACH. */
export async function listSeenDomains(actor: Actor, asked: AskedPage) {
  const { size, skip } = toRange(asked);
  const { after = "" } = asked;
  if (seesAllDomains(actor)) {
    const [page, total] = await Promise.all([Domain.listAll(after, { size, skip }), Domain.countAll()]);
    return { ...page, total };
  }
  const own = (await listDomains(actor)).sort((one, other) => (one.slug < other.slug ? -1 : 1));
  const rest = own.filter(({ slug }) => slug > after).slice(skip);
  const domains = rest.slice(0, size);
  return { domains, next: rest.length > size ? (domains.at(-1)?.slug ?? null) : null, total: own.length };
}

/** Finds a domain that this actor sees: as a member or manager. For other actors it does not exist. @throws NotFound */
export async function findSeenDomain(actor: Actor, slug: string): Promise<Domain> {
  const domain = await Domain.findBySlug(slug);
  if (!domain || !maySee(actor, domain)) throw new NotFound();
  return domain;
}

/** Finds a domain that this actor may visit. For other actors it does not exist. @throws NotFound */
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
