import { operatorActor } from "../../src/actor.js";
import { domainRoles, type Grant, type Role, siteRoles } from "../../src/definitions/roles.js";
import { Domain } from "../../src/models/domain.js";
import { toGrants } from "../../src/models/user/roles.js";
import type { User } from "../../src/models/user.js";
import { changeRoles } from "../../src/services/admin/roles.js";
import { removeMember, setMemberRole } from "../../src/services/domain/members.js";
import { Misuse } from "../support/command-line.js";
import { type Answer, Refusal, refuse, rolesIn, type Values, type Verb } from "./verb.js";

const options = {
  role: {
    type: "string",
    multiple: true,
    about: `${siteRoles.join(", ")}; in an organization: ${domainRoles.join(", ")}`,
  },
  domain: { type: "string", about: "slug of the organization; without it the role applies to the whole site" },
} as const;

export const promote: Verb = {
  usage: "USER --role ROLE [--domain SLUG]",
  about: "Grants a role on the whole site, or in an organization, which also adds the user to it.",
  options,
  takesPerson: true,
  async run(values, person) {
    const [user, roles] = [person as User, rolesIn(values)];
    if (roles.length === 0) throw new Misuse("--role is missing.");
    if (values.domain !== undefined) return place(user, roles, values);
    return change(user, { given: globally(roles), taken: [] });
  },
};

export const demote: Verb = {
  usage: "USER [--role ROLE]... [--domain SLUG]",
  about:
    "Revokes the named roles, or all roles on the whole site. With --domain, removes the user from the organization.",
  options,
  takesPerson: true,
  async run(values, person) {
    const [user, roles] = [person as User, rolesIn(values)];
    if (values.domain !== undefined) return takeOut(user, values);
    const held = toGrants(user.roles).filter(({ domain }) => domain === null);
    const taken = roles.length > 0 ? held.filter(({ role }) => roles.includes(role)) : held;
    return change(user, { given: [], taken });
  },
};

const globally = (roles: Role[]): Grant[] =>
  roles.filter((role) => role !== "user").map((role) => ({ role, domain: null }));

async function change(user: User, { given, taken }: { given: Grant[]; taken: Grant[] }): Promise<Answer> {
  refuse(await changeRoles(operatorActor, user, { given, taken }), user);
  const names = [...given, ...taken].map(({ role }) => role).join(", ");
  const told = `${user.username} ${given.length > 0 ? "is now" : "is no longer"} ${names}.`;
  const text = names === "" ? `Nothing to change: ${user.username} doesn't have this role.` : told;
  return { text, data: { username: user.username, given, taken } };
}

async function findDomain({ domain: slug }: Values): Promise<Domain> {
  const domain = await Domain.findBySlug(String(slug));
  if (!domain) throw new Refusal(`There is no organization "${slug}".`);
  return domain;
}

async function place(user: User, [role]: Role[], values: Values): Promise<Answer> {
  const domain = await findDomain(values);
  if (!role || !domainRoles.some((one) => one === role))
    throw new Misuse(`Roles in an organization: ${domainRoles.join(", ")}.`);
  const placed = await setMemberRole(operatorActor, domain, { user: user.username, role });
  if (placed === "unconfirmed" || !user.emailConfirmedAt) refuse("unconfirmed", user);
  if (typeof placed === "string") throw new Refusal(`${user.username} is disabled.`);
  const data = { username: user.username, domain: domain.slug, role };
  return { text: `${user.username} is now in ${domain.name} as ${role}.`, data };
}

async function takeOut(user: User, values: Values): Promise<Answer> {
  const domain = await findDomain(values);
  if (!toGrants(user.roles).some((grant) => grant.domain === String(domain._id))) {
    throw new Refusal(`${user.username} is not in ${domain.name}.`);
  }
  await removeMember(operatorActor, domain, user.id);
  return {
    text: `${user.username} is no longer in ${domain.name}.`,
    data: { username: user.username, domain: domain.slug },
  };
}
