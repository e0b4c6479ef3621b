import { z } from "zod";
import { roleNames, siteRoles } from "../../definitions/roles.js";
import {
  factorFilters,
  parseCursor,
  parsePosition,
  seenWithin,
  sorts,
  states,
  type UserOrder,
} from "../../definitions/user-filters.js";
import { managedProfileSchema } from "../account/profile.js";
import { removalSchema } from "../admin/deletion.js";
import { bio, email, newPassword, reason, searchAsked, username } from "../fields.js";
import { withPasswordPolicy } from "../password-policy.js";
import { openingFieldsShape } from "../profile-fields.js";
import { defineEndpoint } from "./endpoint.js";
import { fieldsQuery, isWithinReach, listQuery, outOfReach } from "./pagination.js";
import { createListSchema, idSchema, managedUserDetails, managedUserResponse } from "./responses.js";
import { tokenResponse } from "./tokens.js";

const group = "Users";
const params = z.object({ id: idSchema });
const common = { group, who: "member" } as const;
const lastSuperadmin = "This is the only superadmin. Make someone else a superadmin first.";

const isCursor = (cursor: string, order: UserOrder) =>
  cursor.startsWith(`${order}.`) && parsePosition(parseCursor(cursor), order).at === "after";
const updatedSince = z.iso
  .datetime({ offset: true, error: "Send a time such as 2026-11-30T08:00:00Z." })
  .max(40)
  .transform((time) => new Date(time));

type Ordered = { sort?: UserOrder | undefined; updated_since?: Date | undefined };
/** Returns the order of a list of users. */
export const getOrder = ({ sort, updated_since: since }: Ordered): UserOrder =>
  since ? "updated" : (sort ?? "newest");

const isEmpty = (fields: object) => Object.values(fields).every((value) => value === undefined);

/** Calls for admins. */
export const userEndpoints = {
  list: defineEndpoint({
    ...common,
    method: "get",
    path: "/users",
    about: "List accounts",
    details:
      "To follow changes, send `updated_since` with the latest `updatedAt` that you know, and read all pages. Accounts with exactly that time are returned again. Deleted accounts aren't returned: look for `deletionDueAt` beforehand, or for a 404 when you read one.",
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
        factor: z.enum(factorFilters).optional().meta({ description: "`none`: only accounts without a second factor" }),
        sort: z.enum(sorts).optional().meta({ default: "newest" }),
        updated_since: updatedSince.optional().meta({
          type: "string",
          format: "date-time",
          description: "Only accounts that changed at or after this time, least recently changed first",
        }),
      })
      .refine(isWithinReach, outOfReach)
      .refine(({ sort, updated_since: since }) => sort === undefined || since === undefined, {
        path: ["sort"],
        error: "Leave this out: updated_since has its own order.",
      })
      .refine((asked) => asked.cursor === undefined || isCursor(asked.cursor, getOrder(asked)), {
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
    details:
      "Works even if registration is closed. Without a `password`, the user gets an email with a link to choose one, which works for 7 days and confirms the address. With a `password`, they get a link that confirms the address, and must choose another password after the first login (`mustChangePassword`). `confirmed` means that you vouch for the address; it requires the scope `users.edit`. `roles` requires that, and the scope `users.roles`.",
    scope: "invitations.manage",
    body: withPasswordPolicy(
      z.strictObject({
        username,
        email,
        password: newPassword.optional(),
        mustChangePassword: z
          .literal(true, "Nobody keeps a password that you know. Leave this out or send true.")
          .optional(),
        confirmed: z.boolean("Send true or false.").optional(),
        roles: z.array(z.enum(siteRoles)).max(siteRoles.length).optional(),
        bio: bio.optional(),
        ...openingFieldsShape,
      }),
    )
      .refine(({ confirmed, roles = [] }) => confirmed || roles.length === 0, {
        path: ["roles"],
        error: "Roles require a confirmed email address. Send `confirmed: true`, or grant them later.",
      })
      .meta({
        examples: [
          { username: "grace", email: "grace@example.org", firstName: "Grace", confirmed: true, roles: ["editor"] },
        ],
      }),
    answers: { 201: managedUserDetails },
    isIdempotent: true,
  }),
  read: defineEndpoint({
    ...common,
    method: "get",
    path: "/users/:id",
    about: "Read an account",
    scope: "users.read",
    params,
    query: z.object(fieldsQuery(managedUserDetails)),
    answers: { 200: managedUserDetails },
  }),
  change: defineEndpoint({
    ...common,
    method: "patch",
    path: "/users/:id",
    about: "Change an account",
    details:
      "Omitted fields stay unchanged; empty profile fields are cleared. `disabled` (with `reason`) requires the scope `users.disable` and can't be combined with other fields; all other fields require `users.edit`. A disabled user gets the reason by email and is logged out everywhere. A new username takes effect at once, and the user gets an email. A new `email` takes effect when its owner confirms it; until then it is the `pendingEmail`, the user stays logged in, and the current address gets a link that undoes the change. An unconfirmed address is replaced at once. The address of a disabled account cannot be changed. Except for disabling, requires a login within the last ten minutes.",
    scope: "users.read",
    params,
    body: z
      .strictObject({
        ...managedProfileSchema.shape,
        disabled: z.boolean("Send true or false.").optional(),
        reason: reason.optional(),
      })
      .refine((sent) => !isEmpty(sent), "Send at least one field to change.")
      .refine(({ disabled, reason: _why, ...edit }) => disabled === undefined || isEmpty(edit), {
        path: ["disabled"],
        error: "Disable or enable an account without other changes.",
      })
      .refine(({ disabled, reason: why }) => !disabled || why !== undefined, {
        path: ["reason"],
        error: "Enter a reason. They will see it.",
      })
      .refine(({ disabled, reason: why }) => disabled || why === undefined, {
        path: ["reason"],
        error: "Send a reason only to disable an account.",
      })
      .meta({
        examples: [
          { username: "ada", firstName: "Ada" },
          { disabled: true, reason: "Spam." },
        ],
      }),
    answers: { 200: managedUserDetails },
    refusals: {
      409: `${lastSuperadmin} Also if the account is already being deleted, or is disabled and you tried to change its email.`,
    },
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
    answers: { 202: managedUserDetails },
    refusals: { 409: lastSuperadmin },
    isConditional: true,
  }),
  tokens: defineEndpoint({
    ...common,
    method: "get",
    path: "/users/:id/tokens",
    about: "List the API tokens of a user",
    details: "Never contains the secrets.",
    scope: "users.read",
    params,
    answers: { 200: z.object({ data: z.array(tokenResponse) }) },
  }),
};
