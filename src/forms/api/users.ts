import { z } from "zod";
import { roleNames, siteRoles } from "../../definitions/roles.js";
import {
  parseCursor,
  parsePosition,
  seenWithin,
  sorts,
  states,
  type UserSort,
} from "../../definitions/user-filters.js";
import { removalSchema } from "../admin/deletion.js";
import { email, newPassword, reason, searchAsked, username } from "../fields.js";
import { withPasswordPolicy } from "../password-policy.js";
import { defineEndpoint } from "./endpoint.js";
import { fieldsQuery, isWithinReach, listQuery, outOfReach } from "./pagination.js";
import { createListSchema, grantSchema, idSchema, managedUserResponse } from "./responses.js";

const group = "Users";
const params = z.object({ id: idSchema });
const common = { group, who: "member" } as const;
const lastSuperadmin = "This is the only superadmin. Make someone else a superadmin first.";
const roles = z.object({ data: z.array(grantSchema) });
const role = z.strictObject({
  role: z.enum(siteRoles, "Choose a role.").meta({ description: "A role on the whole site" }),
});

const isCursor = (cursor: string, sort: UserSort) =>
  cursor.startsWith(`${sort}.`) && sorts.some((one) => parsePosition(parseCursor(cursor), one).at === "after");

/** Calls for admins. */
export const userEndpoints = {
  list: defineEndpoint({
    ...common,
    method: "get",
    path: "/users",
    about: "List accounts",
    scope: "users.read",
    query: z
      .object({
        ...listQuery,
        ...fieldsQuery(managedUserResponse),
        q: searchAsked.default("").meta({
          type: "string",
          description: "Start of the username, a name or the email address",
        }),
        role: z.enum([...roleNames, "none"]).optional(),
        state: z.enum(states).optional(),
        seen: z.enum(seenWithin).optional().meta({ description: "When they last logged in" }),
        sort: z.enum(sorts).default("newest"),
      })
      .refine(isWithinReach, outOfReach)
      .refine(({ cursor, sort }) => cursor === undefined || isCursor(cursor, sort), {
        path: ["cursor"],
        error: "Invalid cursor.",
      }),
    answers: { 200: createListSchema(managedUserResponse) },
  }),
  make: defineEndpoint({
    ...common,
    method: "post",
    path: "/users",
    about: "Create an account",
    details: "Sends the user a confirmation email, as if they had signed up. Works even if registration is closed.",
    scope: "invitations.manage",
    body: withPasswordPolicy(z.strictObject({ username, email, password: newPassword })),
    answers: { 201: managedUserResponse },
  }),
  read: defineEndpoint({
    ...common,
    method: "get",
    path: "/users/:id",
    about: "Read an account",
    scope: "users.read",
    params,
    query: z.object(fieldsQuery(managedUserResponse)),
    answers: { 200: managedUserResponse },
  }),
  change: defineEndpoint({
    ...common,
    method: "patch",
    path: "/users/:id",
    about: "Disable or enable an account",
    details: "A disabled user gets the reason by email and is logged out everywhere.",
    scope: "users.disable",
    reads: "users.read",
    params,
    body: z
      .strictObject({ disabled: z.boolean("Send true or false."), reason: reason.optional() })
      .refine(({ disabled, reason: why }) => !disabled || why !== undefined, {
        path: ["reason"],
        error: "Enter a reason. They will see it.",
      }),
    answers: { 200: managedUserResponse },
    refusals: { 409: `${lastSuperadmin} Or the account is already being deleted.` },
    isConditional: true,
  }),
  remove: defineEndpoint({
    ...common,
    method: "delete",
    path: "/users/:id",
    about: "Delete an account",
    details:
      "Disables the account now, sends the user the reason, and deletes the account in 14 days unless it is enabled again. Requires a login within the last ten minutes.",
    scope: "users.delete",
    reads: "users.read",
    params,
    body: removalSchema,
    answers: { 202: managedUserResponse },
    refusals: { 409: lastSuperadmin },
    isConditional: true,
  }),
};

const ofRoles = { ...common, group: "Roles", path: "/users/:id/roles", params } as const;

/** Calls for site-wide roles. Roles in a domain are granted on the domain's page. */
export const userRoleEndpoints = {
  list: defineEndpoint({
    ...ofRoles,
    method: "get",
    about: "List the roles of a user",
    scope: "users.read",
    answers: { 200: roles },
  }),
  give: defineEndpoint({
    ...ofRoles,
    method: "post",
    about: "Grant a role",
    details: "Has no effect if the user already has the role. Requires a login within the last ten minutes.",
    scope: "users.roles",
    reads: "users.read",
    body: role,
    answers: { 200: roles },
    refusals: { 409: "The email address of the user isn't confirmed yet." },
  }),
  take: defineEndpoint({
    ...ofRoles,
    method: "delete",
    about: "Revoke a role",
    details: "Requires a login within the last ten minutes.",
    scope: "users.roles",
    reads: "users.read",
    body: role,
    answers: { 200: roles },
    refusals: { 409: lastSuperadmin },
  }),
};
