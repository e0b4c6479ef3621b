import { type Request, Router } from "express";
import { actorOf } from "../actor.js";
import { findRoleIn, roles } from "../definitions/roles.js";
import { BadRequest } from "../errors.js";
import { buttonForm } from "../forms/empty.js";
import { domainQuery, membersQuery } from "../forms/pagination.js";
import { Membership } from "../models/membership.js";
import { listInDomain } from "../models/post/lists.js";
import { belongsTo, managesDomain, mayLeave } from "../policies/domains.js";
import { domainsOf, domainToLeave, visitDomain } from "../services/domain/domains.js";
import { leaveDomain } from "../services/domain/members.js";
import { signedIn } from "../web/guards.js";
import { flash } from "../web/pages/flash.js";
import { readQuery } from "../web/pages/query.js";
import { inChoice, inList } from "../web/present/posts.js";

export const domains = Router();

/** So many people are named beside the posts; the others have a page. */
const FIRST = 8;

domains.get("/", async (req, res) => {
  const actor = actorOf(req);
  const own = (await domainsOf(actor)).map((domain) => ({
    ...inChoice(domain),
    role: roles[findRoleIn(signedIn(req).roles, domain._id) ?? "user"].label,
    isManaged: managesDomain(actor, domain),
  }));
  res.render("domains/index", { domains: own });
});

domains.get("/:slug", async (req, res) => {
  const actor = actorOf(req);
  const domain = await visitDomain(actor, req.params.slug);
  const { before } = readQuery(req, domainQuery);
  const [{ posts, older }, { members, next }] = await Promise.all([
    listInDomain(domain._id, before),
    Membership.listOf(domain._id, undefined, FIRST),
  ]);
  const address = `/domains/${domain.slug}`;
  res.render("domains/show", {
    domain: inChoice(domain),
    isOwn: belongsTo(actor, domain._id),
    isManaged: managesDomain(actor, domain),
    mayLeave: mayLeave(actor, domain),
    posts: posts.map((post) => ({ ...inList(post), visibility: null })), // all of them are for the same people
    members: shown(members),
    hasMore: next !== null,
    older: older && `${address}?before=${older}`,
    newest: before === undefined ? null : address,
  });
});

domains.get("/:slug/people", async (req, res) => {
  const domain = await visitDomain(actorOf(req), req.params.slug);
  const { after } = readQuery(req, membersQuery);
  const { members, next } = await Membership.listOf(domain._id, after);
  const address = `/domains/${domain.slug}/people`;
  res.render("domains/members", {
    domain: inChoice(domain),
    members: shown(members),
    next: next && `${address}?after=${next}`,
    first: after === undefined ? null : address,
  });
});

domains.get("/:slug/leave", async (req, res) => {
  res.render("domains/leave", { domain: inChoice(await domainToLeave(actorOf(req), req.params.slug)) });
});

domains.post("/:slug/leave", async (req: Request<{ slug: string }>, res) => {
  if (!buttonForm.parse(req.body).ok) throw new BadRequest();
  const name = await leaveDomain(actorOf(req), req.params.slug);
  flash(res, "info", `You are no longer in ${name}.`);
  res.redirect(303, "/domains");
});

/** People as others in the domain see them; who is disabled is not shown. */
const shown = (members: Membership[]) =>
  members
    .filter(({ isDisabled }) => !isDisabled)
    .map(({ username, role }) => ({ username, role: role === "user" ? null : roles[role].label }));
