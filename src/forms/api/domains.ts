import { z } from "zod";
import { domainRoles } from "../../definitions/roles.js";
import { REACH } from "../../lib/pagination.js";
import { domainName, domainRole, otherUser, slug } from "../fields.js";
import { defineEndpoint } from "./endpoint.js";
import { cursorQuery, fieldsQuery, idCursor, isWithinReach, listQuery, outOfReach } from "./pagination.js";
import { createListSchema, idSchema, textSchema, timeSchema } from "./responses.js";

const group = "Organizations";
const common = { group, who: "member" } as const;

/** A slug in an address or a cursor. */
const slugPattern = /^[a-z0-9-]{1,40}$/;
const place = z.object({
  slug: z
    .string()
    .regex(slugPattern)
    .meta({ description: "Its slug: the last part of its address", examples: ["garden-club"] }),
});

const domain = z
  .object({
    id: idSchema,
    name: textSchema,
    slug: textSchema,
    url: z.url().meta({ description: "The address of its page" }),
    role: z.enum(domainRoles).nullable().meta({ description: "Your own role there; null if you are not a member" }),
    createdAt: timeSchema,
  })
  .meta({ id: "Domain", description: "An organization, called “domain” in the API" });

const naming = {
  name: domainName.meta({ description: "One line of at most 60 characters", examples: ["The garden club"] }),
  slug: slug.meta({
    description:
      "Lowercase letters, numbers and single hyphens; at most 40 characters. Changing it changes the address.",
    examples: ["garden-club"],
  }),
};

/** A domain cursor is its slug, with a mark: a single word may be a slug. */
const DOMAIN_CURSOR = "slug.";
export const toDomainCursor = (next: string | null): string | null => (next === null ? null : DOMAIN_CURSOR + next);
const domainCursor = cursorQuery.cursor
  .refine(
    (cursor) =>
      cursor === undefined ||
      (cursor.startsWith(DOMAIN_CURSOR) && slugPattern.test(cursor.slice(DOMAIN_CURSOR.length))),
    "Invalid cursor.",
  )
  .transform((cursor) => cursor?.slice(DOMAIN_CURSOR.length));

const managing = { ...common, scope: "domains.manage" } as const;

/** Calls about domains. Only users who manage all of them create, change and close them. */
export const domainEndpoints = {
  list: defineEndpoint({
    ...common,
    method: "get",
    path: "/domains",
    about: "List organizations, sorted by slug",
    details: `Lists your own organizations, and to users who can read or manage all of them, all. \`total\` counts up to ${REACH}.`,
    scope: "domains.read",
    query: z.object({ ...listQuery, cursor: domainCursor, ...fieldsQuery(domain) }).refine(isWithinReach, outOfReach),
    answers: { 200: createListSchema(domain) },
  }),
  make: defineEndpoint({
    ...managing,
    method: "post",
    path: "/domains",
    about: "Create an organization",
    details: "It has no members at first.",
    body: z.strictObject(naming),
    answers: { 201: domain },
    isIdempotent: true,
  }),
  read: defineEndpoint({
    ...common,
    method: "get",
    path: "/domains/:slug",
    about: "Read an organization",
    scope: "domains.read",
    params: place,
    query: z.object(fieldsQuery(domain)),
    answers: { 200: domain },
  }),
  change: defineEndpoint({
    ...managing,
    method: "patch",
    path: "/domains/:slug",
    reads: "domains.read",
    about: "Rename an organization",
    details: "Omitted fields stay unchanged. After a change of the slug the old address no longer works.",
    params: place,
    body: z
      .strictObject(naming)
      .partial()
      .refine((sent) => Object.values(sent).some((value) => value !== undefined), "Send at least one field to change."),
    answers: { 200: domain },
    isConditional: true,
  }),
  close: defineEndpoint({
    ...managing,
    method: "delete",
    path: "/domains/:slug",
    about: "Delete an organization permanently",
    details:
      "Removes all members. Posts in it go back to their authors as drafts. Requires a login within the last ten minutes.",
    params: place,
    answers: { 204: null },
    isConditional: true,
  }),
};

const member = z
  .object({ id: idSchema.meta({ description: "The ID of the user" }), username: textSchema, role: z.enum(domainRoles) })
  .meta({ id: "DomainMember", description: "A member of an organization" });
const memberPlace = place.extend({ id: idSchema.meta({ description: "The ID of the user" }) });
const role = domainRole.meta({ description: "Their role in the organization" });

const onlyUser = "A role other than `user` requires a login within the last ten minutes.";
const ofMembers = { ...common, group: "Members", scope: "domain.members", isPerDomain: true } as const;

/** Members of domains. Admins of a domain manage all of its members except each other. */
export const domainMemberEndpoints = {
  list: defineEndpoint({
    ...ofMembers,
    method: "get",
    path: "/domains/:slug/members",
    about: "List the members of an organization, oldest account first",
    details: `Only those who manage the members also see disabled users. \`total\` counts up to ${REACH}.`,
    scope: "domains.read",
    params: place,
    query: z.object({ ...listQuery, cursor: idCursor, ...fieldsQuery(member) }).refine(isWithinReach, outOfReach),
    answers: { 200: createListSchema(member) },
  }),
  add: defineEndpoint({
    ...ofMembers,
    method: "post",
    path: "/domains/:slug/members",
    reads: "domains.read",
    about: "Add a member",
    details: `Returns 201 for a new member. A member gets the role that was sent, with 200. ${onlyUser}`,
    params: place,
    body: z.strictObject({
      user: otherUser.meta({
        description: "A username. Site admins can also send an email address.",
        examples: ["ada"],
      }),
      role,
    }),
    answers: { 200: member, 201: member },
    isIdempotent: true,
  }),
  leave: defineEndpoint({
    ...common,
    group: "Members",
    method: "delete",
    path: "/domains/:slug/members/me",
    about: "Leave an organization",
    details: "Admins of an organization can't leave it; a site admin can remove them.",
    scope: null,
    params: place,
    answers: { 204: null },
  }),
  change: defineEndpoint({
    ...ofMembers,
    method: "patch",
    path: "/domains/:slug/members/:id",
    reads: "domains.read",
    about: "Change the role of a member",
    details: onlyUser,
    params: memberPlace,
    body: z.strictObject({ role }),
    answers: { 200: member },
    refusals: { 409: "The account is disabled, or its email address isn't confirmed." },
  }),
  remove: defineEndpoint({
    ...ofMembers,
    method: "delete",
    path: "/domains/:slug/members/:id",
    about: "Remove a member",
    params: memberPlace,
    answers: { 204: null },
  }),
};
