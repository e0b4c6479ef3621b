import { Router } from "express";
import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import { findRoleIn } from "../../definitions/roles.js";
import { domainEndpoints as calls, toDomainCursor } from "../../forms/api/domains.js";
import type { Domain } from "../../models/domain.js";
import { closeDomain, createDomain, renameDomain } from "../../services/domain/admin.js";
import { findSeenDomain, listSeenDomains } from "../../services/domain/domains.js";
import { PreconditionFailed, Unprocessable } from "../../web/api/errors.js";
import { presentPage } from "../../web/api/pagination.js";
import { assertMatch, serveEndpoint } from "./endpoint.js";

const { origin } = config.baseUrl;

export const apiDomains = Router();

serveEndpoint(apiDomains, calls.list, async ({ actor, query, req }) => {
  const { domains, next, total } = await listSeenDomains(actor, { ...query, after: query.cursor });
  const data = domains.map((domain) => presentDomain(actor, domain));
  return presentPage(req, query, { data, total, next: toDomainCursor(next) });
});

serveEndpoint(apiDomains, calls.make, async ({ actor, body, once }) => {
  const domain = await createDomain(actor, body, once);
  if (domain === "slug-taken") throw taken();
  const headers = { Location: `${origin}/api/v1/domains/${domain.slug}` };
  return { status: 201, body: presentDomain(actor, domain), headers };
});

serveEndpoint(apiDomains, calls.read, async ({ actor, params }) => ({
  status: 200,
  body: presentDomain(actor, await findSeenDomain(actor, params.slug)),
}));

serveEndpoint(apiDomains, calls.change, async ({ actor, params, body, req }) => {
  for (;;) {
    const domain = await findSeenDomain(actor, params.slug);
    const isMatched = assertMatch(req, presentDomain(actor, domain));
    const { name = domain.name, slug = domain.slug } = body;
    const outcome = await renameDomain(actor, domain, { name, slug });
    if (outcome === "slug-taken") throw taken();
    if (outcome !== "stale") return { status: 200, body: presentDomain(actor, { ...domain, name, slug }) };
    if (isMatched) throw new PreconditionFailed();
    // Otherwise another request changed the other field since the read: read again.
  }
});

serveEndpoint(apiDomains, calls.close, async ({ actor, params, req }) => {
  const domain = await findSeenDomain(actor, params.slug);
  const since = assertMatch(req, presentDomain(actor, domain)) ? domain : undefined;
  if ((await closeDomain(actor, domain, since)) === "stale") throw new PreconditionFailed();
  return { status: 204 };
});

const taken = () => new Unprocessable([{ pointer: "#/slug", detail: "This web address is taken. Choose another." }]);

/** Presents a domain to the actor, with the actor's own role in it. */
const presentDomain = ({ user }: Actor, { _id, name, slug, createdAt }: Domain) => ({
  id: String(_id),
  name,
  slug,
  url: `${origin}/domains/${slug}`,
  role: findRoleIn(user?.roles ?? [], _id),
  createdAt: createdAt.toISOString(),
});
