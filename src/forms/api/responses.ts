import { z } from "zod";
import { getProblemType } from "../../definitions/problems.js";
import {
  getFieldDefinition,
  type ProfileField,
  privateFieldNames,
  profileFieldNames,
  showableGroups,
} from "../../definitions/profile-fields.js";
import { roleNames } from "../../definitions/roles.js";

export const idSchema = z
  .string()
  .regex(/^[0-9a-f]{24}$/)
  .meta({ description: "An ID", examples: ["6b061278ad15b08c25d4ff74"] });
export const timeSchema = z.iso.datetime().meta({ description: "A time in UTC (RFC 3339)" });
export const textSchema = z.string();
/** An email address. The pattern of `z.email` excludes some that lib/text/email-address.ts accepts, like o#1@example.org. */
export const emailSchema = z.string().meta({ format: "email" });

const told = (what: string) => z.string().meta({ description: `${what}; empty if not given` });

const descriptions = profileFieldNames.map((field) => {
  const { label, format } = getFieldDefinition(field);
  return [field, told(format ? `${label} (${format})` : label)];
});
const profile = Object.fromEntries(descriptions) as Record<ProfileField, z.ZodString>;

/** A role of a user; `domain` is the slug of the domain, or null for the whole site. */
export const grantSchema = z
  .object({ role: z.enum(roleNames), domain: z.string().nullable() })
  .meta({ id: "Grant", description: "A role, on the whole site or in one organization" });

/** An account, as its owner gets it. */
export const userResponse = z
  .object({
    id: idSchema,
    username: textSchema,
    email: emailSchema.nullable(),
    emailConfirmedAt: timeSchema.nullable(),
    bio: told("About the user"),
    ...profile,
    shown: z.array(z.enum(showableGroups)).meta({ description: "Groups of fields that are public" }),
    picture: z.url().nullable(),
    roles: z.array(grantSchema),
    createdAt: timeSchema,
    updatedAt: timeSchema.meta({ description: "When the account last changed; logins don't count" }),
    lastLoginAt: timeSchema.nullable(),
    disabledAt: timeSchema.nullable(),
    deletionDueAt: timeSchema.nullable(),
  })
  .meta({ id: "User", description: "An account" });

/** An account as admins get it, without the fields that only its owner sees. */
export const managedUserResponse = userResponse
  .omit({
    shown: true,
    ...(Object.fromEntries(privateFieldNames.map((field) => [field, true])) as Record<never, true>),
  })
  .extend({
    mustChangePassword: z.boolean().meta({
      description: "True if an admin chose the password, and the user has not replaced it",
    }),
  })
  .meta({ id: "ManagedUser", description: "An account, as admins see it" });

/** One account as admins see it. */
export const managedUserDetails = managedUserResponse
  .extend({
    pendingEmail: emailSchema.nullable().meta({ description: "The new address that awaits confirmation" }),
    secondFactors: z
      .object({ authenticatorAddedAt: timeSchema.nullable(), passkeysAddedAt: z.array(timeSchema) })
      .meta({ description: "When the authenticator app and each passkey were added" }),
  })
  .meta({ id: "ManagedUserDetails", description: "One account, as admins see it" });

/** The response to a login (RFC 6749, 5.1). */
export const tokensResponse = z
  .object({
    access_token: textSchema.meta({ description: "Send it in the header Authorization: Bearer …" }),
    token_type: z.literal("Bearer"),
    expires_in: z.int().meta({ description: "Lifetime of the access token, in seconds" }),
    refresh_token: textSchema.meta({ description: "Single use, for a new pair of tokens" }),
    refresh_expires_in: z.int().meta({ description: "Lifetime of the refresh token, in seconds" }),
  })
  .meta({ id: "Tokens", description: "An access token and a refresh token" });

/** The response to an error (RFC 9457). */
export const problemResponse = z
  .object({
    type: z.string().meta({
      format: "uri-reference",
      description: "The kind of error: a page explains it",
      examples: [getProblemType("not-found")],
    }),
    title: textSchema,
    status: z.int(),
    detail: textSchema,
    requestId: textSchema.meta({ description: "Identifies the request in the log" }),
    errors: z
      .array(
        z.object({
          detail: textSchema,
          pointer: textSchema.optional().meta({ description: "Where in the body (RFC 6901)" }),
          parameter: textSchema.optional().meta({ description: "Which parameter" }),
        }),
      )
      .optional(),
  })
  .meta({ id: "Problem", description: "An error (RFC 9457)" });

/** A list without page numbers, because it is too long to count. */
export const createCursorListSchema = (item: z.ZodType) =>
  z.object({
    data: z.array(item),
    limit: z.int(),
    next: textSchema.nullable().meta({ description: "Cursor of the next page; null on the last page" }),
  });

export const createListSchema = (item: z.ZodType) =>
  z.object({
    data: z.array(item),
    page: z.int().nullable().meta({ description: "Page number; null if the request had a cursor" }),
    limit: z.int(),
    total: z.int().meta({ description: "Number of entries, up to the highest number that is counted" }),
    next: textSchema.nullable().meta({ description: "Cursor of the next page; null on the last page" }),
  });
