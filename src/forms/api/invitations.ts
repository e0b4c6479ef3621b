import { z } from "zod";
import { roleNames } from "../../definitions/roles.js";
import { REACH } from "../../lib/pagination.js";
import { email, newPassword, role, username } from "../fields.js";
import { withPasswordPolicy } from "../password-policy.js";
import { signUpFieldsShape } from "../profile-fields.js";
import { defineEndpoint } from "./endpoint.js";
import { fieldsQuery, idCursor, isWithinReach, listQuery, outOfReach } from "./pagination.js";
import { createListSchema, emailSchema, idSchema, textSchema, timeSchema, userResponse } from "./responses.js";

const group = "Invitations";

/** What an invitation grants, and to whom. */
const offer = {
  email: emailSchema,
  role: z.enum(roleNames).meta({ description: "`user` for the whole site gives an account without a role" }),
  heldIn: z.enum(["site", "domain"]).meta({ description: "Where the role applies" }),
  domain: textSchema
    .nullable()
    .meta({ description: "Slug of the organization; null for the whole site, and if the organization was deleted" }),
};

const invitation = z
  .object({
    id: idSchema,
    ...offer,
    state: z.enum(["pending", "idle", "accepted", "revoked", "expired"]).meta({
      description: "`idle`: its sender may no longer grant this, so it can't be accepted",
    }),
    inviter: textSchema.nullable().meta({ description: "Username of the sender; null if the account was deleted" }),
    sentAt: timeSchema,
    expiresAt: timeSchema,
    acceptedAt: timeSchema.nullable(),
    acceptedBy: textSchema.nullable().meta({ description: "Username of the account that accepted it" }),
    revokedAt: timeSchema.nullable(),
  })
  .meta({ id: "Invitation", description: "An invitation, as those who manage it see it" });

const params = z.object({ id: idSchema });
const managing = { group, who: "member", scope: "invitations.manage", isPerDomain: true } as const;
const ended = "It was accepted or cancelled, or its organization was deleted.";

/** Calls for users who invite: to the site, or only to the domains that they manage. */
export const invitationEndpoints = {
  list: defineEndpoint({
    ...managing,
    method: "get",
    path: "/invitations",
    about: "List invitations, newest first",
    details: `Admins of an organization see those to their organizations, site admins all of the last 90 days. \`total\` counts up to ${REACH}.`,
    query: z.object({ ...listQuery, cursor: idCursor, ...fieldsQuery(invitation) }).refine(isWithinReach, outOfReach),
    answers: { 200: createListSchema(invitation) },
  }),
  send: defineEndpoint({
    ...managing,
    method: "post",
    path: "/invitations",
    about: "Send an invitation",
    details:
      "The email has a link that works for 7 days. The answer is the same whether or not the address has an account. A role other than `user` requires a login within the last ten minutes.",
    body: z.strictObject({
      email: email.meta({ examples: ["grace@example.org"] }),
      role: role.meta({ description: "The role that it grants, for the whole site or in the organization" }),
      domain: z
        .string("Send a slug, or null for the whole site.")
        .max(100)
        .nullable()
        .default(null)
        .meta({ description: "Slug of an organization, or null for the whole site", examples: ["garden-club"] }),
    }),
    answers: { 201: invitation },
    isIdempotent: true,
  }),
  read: defineEndpoint({
    ...managing,
    method: "get",
    path: "/invitations/:id",
    about: "Read an invitation",
    params,
    query: z.object(fieldsQuery(invitation)),
    answers: { 200: invitation },
  }),
  resend: defineEndpoint({
    ...managing,
    method: "post",
    path: "/invitations/:id/resend",
    about: "Send an invitation again",
    details:
      "You become its sender. The new link works for 7 days, the previous one no longer. Requires a login within the last ten minutes.",
    params,
    answers: { 200: invitation },
    refusals: { 409: ended },
  }),
  revoke: defineEndpoint({
    ...managing,
    method: "delete",
    path: "/invitations/:id",
    about: "Cancel an invitation",
    details: "Its link no longer works. The list shows it as `revoked`.",
    params,
    answers: { 204: null },
    refusals: { 409: "It was already accepted." },
  }),
};

const token = z.string("Send the token from the link in the email.").min(1).max(200);
const link = { group, method: "post", who: "anyone", scope: null, takesLogin: true } as const;
const invalid = "The link is no longer valid.";

/** Calls for users who were invited. The secret is in the body, so that no log of addresses contains it. */
export const acceptanceEndpoints = {
  lookUp: defineEndpoint({
    ...link,
    path: "/invitations/lookup",
    about: "Look at an invitation that you got",
    details: "Changes nothing. The token is the last part of the link in the email.",
    body: z.strictObject({ token }),
    answers: {
      200: z
        .object({
          ...offer,
          domainName: textSchema.nullable().meta({ description: "Name of the organization" }),
          inviter: textSchema.meta({ description: "Username of the sender" }),
          expiresAt: timeSchema,
          username: textSchema
            .nullable()
            .meta({ description: "The account with this email, which must log in to accept; null if there is none" }),
        })
        .meta({ id: "ReceivedInvitation", description: "An invitation, as the user who got it sees it" }),
    },
    refusals: {
      403: "Registration is closed, or an API token was sent.",
      404: invalid,
      409: "It was already accepted.",
    },
  }),
  accept: defineEndpoint({
    ...link,
    path: "/invitations/accept",
    about: "Accept an invitation",
    details:
      "Without a login: creates an account with `username` and `password`, whose email is confirmed; then log in. With an access token of the account that has the email: grants the role. If this confirms the email, all sessions of the account end.",
    body: withPasswordPolicy(
      z.strictObject({
        token,
        username: username.optional(),
        password: newPassword.optional(),
        ...z.object(signUpFieldsShape).partial().shape, // required of new users only (routes/api/invitation-acceptance.ts)
      }),
    ),
    answers: {
      200: userResponse.pick({ id: true, username: true, email: true, emailConfirmedAt: true, roles: true }),
      201: userResponse.pick({ id: true, username: true, email: true, emailConfirmedAt: true, roles: true }),
    },
    isIdempotent: true,
    refusals: {
      401: "The email has an account: log in to it first. Or the token is invalid.",
      403: "The invitation is for a different email address, registration is closed, or an API token was sent.",
      404: invalid,
      409: "It was already accepted, or the email now belongs to another account.",
    },
  }),
};
