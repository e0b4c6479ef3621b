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
const lastSuperadmin = "This is the only superadmin: make somebody else one first.";
const roles = z.object({ data: z.array(grantSchema) });
const role = z.strictObject({
  role: z.enum(siteRoles, "Choose a role.").meta({ description: "A role that counts everywhere" }),
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
          description: "Beginnings of words of the username, the names or the address",
        }),
        role: z.enum([...roleNames, "none"]).optional(),
        state: z.enum(states).optional(),
        seen: z.enum(seenWithin).optional().meta({ description: "When they last logged in" }),
        sort: z.enum(sorts).default("newest"),
      })
      .refine(isWithinReach, outOfReach)
      .refine(({ cursor, sort }) => cursor === undefined || isCursor(cursor, sort), {
        path: ["cursor"],
        error: "This is no cursor of this list.",
      }),
    answers: { 200: createListSchema(managedUserResponse) },
  }),
  make: defineEndpoint({
    ...common,
    method: "post",
    path: "/users",
    about: "Open an account for somebody",
    details:
      "They get a mail with a link to confirm the address, as if they had signed up, even where nobody else can.",
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
    about: "Lock somebody out, or let them in again",
    details: "Whoever is locked out is told why, and is logged out everywhere at once.",
    scope: "users.disable",
    reads: "users.read",
    params,
    body: z
      .strictObject({ disabled: z.boolean("Send true or false."), reason: reason.optional() })
      .refine(({ disabled, reason: why }) => !disabled || why !== undefined, {
        path: ["reason"],
        error: "Give a reason: the person reads it.",
      }),
    answers: { 200: managedUserResponse },
    refusals: { 409: `${lastSuperadmin} Or the account is being deleted already.` },
    isConditional: true,
  }),
  remove: defineEndpoint({
    ...common,
    method: "delete",
    path: "/users/:id",
    about: "Delete an account",
    details:
      "They are locked out now and told why; in 14 days the account is gone, unless it is unlocked. Log in at most ten minutes before.",
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

/** Site-wide roles. Roles in a domain are granted on the domain's page. */
export const userRoleEndpoints = {
  list: defineEndpoint({
    ...ofRoles,
    method: "get",
    about: "List somebody's roles",
    scope: "users.read",
    answers: { 200: roles },
  }),
  give: defineEndpoint({
    ...ofRoles,
    method: "post",
    about: "Give a role",
    details: "One that they have they keep. Log in at most ten minutes before.",
    scope: "users.roles",
    reads: "users.read",
    body: role,
    answers: { 200: roles },
    refusals: { 409: "Their address is not confirmed yet." },
  }),
  take: defineEndpoint({
    ...ofRoles,
    method: "delete",
    about: "Take a role away",
    details: "Log in at most ten minutes before.",
    scope: "users.roles",
    reads: "users.read",
    body: role,
    answers: { 200: roles },
    refusals: { 409: lastSuperadmin },
  }),
};
