import { type Request, Router } from "express";
import { getActor } from "../actor.js";
import { findRoleIn, roles } from "../definitions/roles.js";
import { BadRequest } from "../errors.js";
import { buttonForm } from "../forms/empty.js";
import { domainQuery, membersQuery } from "../forms/pagination.js";
import { Membership } from "../models/membership.js";
import { listInDomain } from "../models/post/lists.js";
import { belongsTo, managesDomain, mayLeave } from "../policies/domains.js";
import { findDomainToLeave, findVisibleDomain, listDomains } from "../services/domain/domains.js";
import { leaveDomain } from "../services/domain/members.js";
import { getLoggedInUser } from "../web/guards.js";
import { flash } from "../web/pages/flash.js";
import { readQuery } from "../web/pages/query.js";
import { presentDomainChoice, presentListedPost } from "../web/present/posts.js";

export const domains = Router();

/** Number of members shown beside the posts. A separate page lists all of them. */
const FIRST = 8;

domains.get("/", async (req, res) => {
  const actor = getActor(req);
  const own = (await listDomains(actor)).map((domain) => ({
    ...presentDomainChoice(domain),
    role: roles[findRoleIn(getLoggedInUser(req).roles, domain._id) ?? "user"].label,
    isManaged: managesDomain(actor, domain),
  }));
  res.render("domains/index", { domains: own });
});

domains.get("/:slug", async (req, res) => {
  const actor = getActor(req);
  const domain = await findVisibleDomain(actor, req.params.slug);
  const { before } = readQuery(req, domainQuery);
  const [{ posts, older }, { members, next }] = await Promise.all([
    listInDomain(domain._id, before),
    Membership.listPage(domain._id, undefined, { size: FIRST, isEnabled: true }),
  ]);
  const address = `/domains/${domain.slug}`;
  res.render("domains/show", {
    domain: presentDomainChoice(domain),
    isOwn: belongsTo(actor, domain._id),
    isManaged: managesDomain(actor, domain),
    mayLeave: mayLeave(actor, domain),
    posts: posts.map((post) => ({ ...presentListedPost(post), visibility: null })), // the same for all posts
    members: presentMembers(members),
    hasMore: next !== null,
    older: older && `${address}?before=${older}`,
    newest: before === undefined ? null : address,
  });
});

domains.get("/:slug/people", async (req, res) => {
  const domain = await findVisibleDomain(getActor(req), req.params.slug);
  const { after } = readQuery(req, membersQuery);
  const { members, next } = await Membership.listPage(domain._id, after, { isEnabled: true });
  const address = `/domains/${domain.slug}/people`;
  res.render("domains/members", {
    domain: presentDomainChoice(domain),
    members: presentMembers(members),
    next: next && `${address}?after=${next}`,
    first: after === undefined ? null : address,
  });
});

domains.get("/:slug/leave", async (req, res) => {
  res.render("domains/leave", { domain: presentDomainChoice(await findDomainToLeave(getActor(req), req.params.slug)) });
});

domains.post("/:slug/leave", async (req: Request<{ slug: string }>, res) => {
  if (!buttonForm.parse(req.body).ok) throw new BadRequest();
  const name = await leaveDomain(getActor(req), req.params.slug);
  flash(res, "info", `You've left ${name}.`);
  res.redirect(303, "/domains");
});

const presentMembers = (members: Membership[]) =>
  members.map(({ username, role }) => ({ username, role: role === "user" ? null : roles[role].label }));
