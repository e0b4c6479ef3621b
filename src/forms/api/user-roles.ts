import { z } from "zod";
import { domainRoles, roleNames, siteRoles } from "../../definitions/roles.js";
import { defineEndpoint } from "./endpoint.js";
import { grantSchema, idSchema } from "./responses.js";

const params = z.object({ id: idSchema });
const common = { group: "Roles", who: "member", path: "/users/:id/roles", params } as const;
const roles = z.object({ data: z.array(grantSchema) });
const lastSuperadmin = "This is the only superadmin. Make someone else a superadmin first.";
const inDomains =
  "With `domain`, it is a role in that organization, and requires the permission `domain.members` there too.";

/** The slug of a domain; missing or null for the whole site. */
const domain = z
  .string("Send the slug of an organization.")
  .min(1, "Send the slug of an organization.")
  .max(40, "There's no such organization.")
  .meta({ description: "Slug of the organization the role applies to. Omit it for the whole site." });

/** Returns true if this role can be held there: on the whole site, or in an organization. */
export const isHeld = ({ role, domain: slug }: { role: string; domain?: string | null | undefined }) =>
  (slug ? domainRoles : siteRoles).some((one) => one === role);
/** Returns why `isHeld` is false. */
export const explainNotHeld = ({ domain: slug }: { domain?: string | null | undefined }): string =>
  slug ? "This role can't be granted in an organization." : "This role can't be granted for the whole site.";

/** A role to grant or revoke. */
const grantBody = z
  .strictObject({ role: z.enum(roleNames, "Choose a role."), domain: domain.nullable().optional() })
  .superRefine((grant, context) => {
    if (!isHeld(grant)) context.addIssue({ code: "custom", path: ["role"], message: explainNotHeld(grant) });
  })
  .meta({ examples: [{ role: "editor" }, { role: "user", domain: "garden-club" }] });

export const userRoleEndpoints = {
  list: defineEndpoint({
    ...common,
    method: "get",
    about: "List the roles of a user",
    scope: "users.read",
    answers: { 200: roles },
  }),
  give: defineEndpoint({
    ...common,
    method: "post",
    about: "Grant a role",
    details: `Has no effect if the user already has the role. ${inDomains} It replaces another role there. Requires a login within the last ten minutes.`,
    scope: "users.roles",
    reads: "users.read",
    body: grantBody,
    answers: { 200: roles },
    refusals: { 409: "The email address of the user isn't confirmed yet, or the account is disabled." },
  }),
  take: defineEndpoint({
    ...common,
    method: "delete",
    about: "Revoke a role, named in the body",
    details: `Has no effect if the user doesn't have the role. ${inDomains} Requires a login within the last ten minutes.`,
    scope: "users.roles",
    reads: "users.read",
    body: grantBody,
    answers: { 200: roles },
    refusals: { 409: lastSuperadmin },
  }),
  takeNamed: defineEndpoint({
    ...common,
    method: "delete",
    path: "/users/:id/roles/:role",
    about: "Revoke a role",
    details: `Has no effect if the user doesn't have the role. ${inDomains} Requires a login within the last ten minutes.`,
    scope: "users.roles",
    reads: "users.read",
    params: params.extend({ role: z.enum(roleNames) }),
    query: z.object({ domain: domain.optional() }),
    answers: { 200: roles },
    refusals: { 409: lastSuperadmin },
  }),
};
