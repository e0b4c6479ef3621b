import { type Request, Router } from "express";
import { getActor } from "../../actor.js";
import { domainRoles, roles } from "../../definitions/roles.js";
import { NotFound } from "../../errors.js";
import { createDomainForm, memberForm } from "../../forms/admin/domains.js";
import { entryId } from "../../forms/fields.js";
import { type Form, readVersion } from "../../forms/form.js";
import { managedDomainsQuery, managedMembersQuery } from "../../forms/pagination.js";
import type { Domain } from "../../models/domain.js";
import { Membership } from "../../models/membership.js";
import { mayFindByEmail, mayManageDomains, mayManageMember } from "../../policies/domains.js";
import { findManagedDomain, listManaged } from "../../services/domain/admin.js";
import { findMemberRole, removeMember, setMemberRole } from "../../services/domain/members.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { readQuery } from "../../web/pages/query.js";
import { presentDomainChoice } from "../../web/present/posts.js";

/** Pages for the members of a domain, for its admins. */
export const adminDomains = Router();

type OfDomain = Request<{ slug: string }>;

adminDomains.get("/", async (req, res) => {
  res.render("admin/domains/index", await renderDomains(req, createDomainForm.blank()));
});

adminDomains.get("/:slug", async (req, res) => {
  const domain = await findManagedDomain(getActor(req), req.params.slug);
  res.render("admin/domains/show", await domainPage(req, domain, memberForm.blank({ role: "user" })));
});

adminDomains.post("/:slug", async (req: OfDomain, res) => {
  const domain = await findManagedDomain(getActor(req), req.params.slug);
  const input = memberForm.parse(req.body);
  const back = async (form: Form, status = 422) =>
    renderFormErrors(res.status(status), "admin/domains/show", await domainPage(req, domain, form));
  if (!input.ok) return back(input.form);
  const { conflict, isMember } = await compareMember(req, domain, input.data.user);
  if (conflict) return back(conflict, 409);
  const placed = await setMemberRole(getActor(req), domain, { ...input.data, isMember });
  const late = placed === "not-found" ? await compareMember(req, domain, input.data.user) : null;
  if (late?.conflict) return back(late.conflict, 409); // they left at this moment
  if (typeof placed === "string") return back(memberForm.reject(req.body, { user: reasons[placed] }));
  const role = roles[input.data.role].label.toLowerCase();
  const article = /^[aeiou]/.test(role) ? "an" : "a";
  flash(res, "success", `${placed.username} is now ${article} ${role} of ${domain.name}.`);
  res.redirect(303, `/admin/domains/${domain.slug}`);
});

adminDomains.post("/:slug/members/:id/remove", async (req: Request<{ slug: string; id: string }>, res) => {
  const domain = await findManagedDomain(getActor(req), req.params.slug);
  const id = entryId.safeParse(req.params.id);
  if (!id.success) throw new NotFound();
  const { username } = await removeMember(getActor(req), domain, id.data);
  flash(res, "info", `${username} has been removed from ${domain.name}.`);
  res.redirect(303, `/admin/domains/${domain.slug}`);
});

const reasons = {
  "not-found": "No user with this name. Check the spelling.",
  unconfirmed: "This user hasn't confirmed their email address yet.",
  forbidden: "Enter a username. Only site admins can add members by email.",
};

/**
 * Compares the form of a member with the stored role. `isMember`: the actor saw the role of a member, so the form must not
 * add a user who has left since. The form that adds a member has no version.
 */
async function compareMember({ body }: OfDomain, domain: Domain, user: string) {
  if (!readVersion(body)) return { conflict: null, isMember: false };
  const role = await findMemberRole(domain, user);
  return { conflict: memberForm.conflict(body, memberForm.stored({ user, role })), isMember: role !== null };
}

/** Returns the domains that the actor manages, and the form for a new one. */
export async function renderDomains(req: Request, form: Form) {
  const { after } = readQuery(req, managedDomainsQuery);
  const { domains: found, next } = await listManaged(getActor(req), after);
  return {
    form,
    domains: found.map(({ name, slug, createdAt }) => ({ name, slug, createdAt })),
    mayOpen: mayManageDomains(getActor(req)),
    next: next && `/admin/domains?after=${next}`,
    first: after === undefined ? null : "/admin/domains",
  };
}

async function domainPage(req: Request, domain: Domain, form: Form) {
  const actor = getActor(req);
  const { after } = readQuery(req, managedMembersQuery);
  const { members, next } = await Membership.listPage(domain._id, after);
  const address = `/admin/domains/${domain.slug}`;
  return {
    form,
    domain: { ...presentDomainChoice(domain), mayRename: mayManageDomains(actor) },
    members: members.map(({ id, username, role }) => ({
      ...{ id, username, role, roleText: roles[role].label },
      mayMove: mayManageMember(actor, domain, { id, role }),
      version: memberForm.stored({ user: username, role }).version,
    })),
    roles: domainRoles.map((role) => ({ value: role, text: roles[role].label })),
    byEmail: mayFindByEmail(actor),
    next: next && `${address}?after=${next}`,
    first: after === undefined ? null : address,
  };
}
