import { z } from "zod";
import { scopes } from "../../definitions/scopes.js";
import { lasting, scope } from "../account/api-tokens.js";
import { tokenDescription } from "../fields.js";
import { defineEndpoint } from "./endpoint.js";
import { idSchema, textSchema, timeSchema } from "./responses.js";

const group = "API tokens";
const common = { group, who: "member", scope: null } as const;

/** A token as its owner and admins see it. */
export const tokenResponse = z
  .object({
    id: idSchema,
    description: textSchema,
    beginning: textSchema.meta({ description: "First characters of the secret" }),
    scopes: z.array(z.string()),
    createdAt: timeSchema,
    expiresAt: timeSchema,
    lastUsedAt: timeSchema.nullable(),
    lastUsedIp: textSchema.nullable(),
    revoked: z.boolean().meta({ description: "A revoked token is never valid again" }),
    revokedAt: timeSchema.nullable(),
  })
  .meta({ id: "ApiToken", description: "A personal API token, without its secret" });

/** The token of a request, as it sees itself. */
const currentToken = z
  .object({
    kind: z.enum(["access", "api"]).meta({ description: "An access token of a login, or an API token" }),
    id: idSchema.nullable().meta({ description: "ID of the API token" }),
    description: textSchema.nullable(),
    user: z.object({ id: idSchema, username: textSchema }),
    scopes: z.array(z.string()).nullable().meta({ description: "Null: everything that the user may do" }),
    createdAt: timeSchema.meta({ description: "When the API token was created, or when the user logged in" }),
    expiresAt: timeSchema,
  })
  .meta({ id: "CurrentToken", description: "The token of the request" });

/** Tokens can be created and revoked only after a login, never with a token. */
export const tokenEndpoints = {
  list: defineEndpoint({
    ...common,
    method: "get",
    path: "/tokens",
    about: "List your API tokens",
    details: "Valid tokens first. Revoked tokens stay in the list for 90 days at most.",
    answers: { 200: z.object({ data: z.array(tokenResponse) }) },
  }),
  current: defineEndpoint({
    method: "get",
    path: "/tokens/current",
    group,
    about: "Read the token of this request",
    details: "Returns the scopes and expiry of the token. Works with an access token or any API token.",
    who: "person",
    scope: null,
    takesAnyToken: true,
    answers: { 200: currentToken },
  }),
  make: defineEndpoint({
    ...common,
    method: "post",
    path: "/tokens",
    about: "Create an API token",
    details:
      "Requires a login within the last ten minutes. The response contains the secret, once. A token never has more permissions than its owner at the time of use.",
    body: z.strictObject({
      description: tokenDescription,
      scopes: z.array(scope, "Send a list of scopes.").min(1, "Send at least one scope.").max(scopes.length),
      expiresInDays: lasting,
    }),
    answers: {
      201: tokenResponse.extend({ token: textSchema.meta({ description: "The secret" }) }).meta({ id: "NewApiToken" }),
    },
    isIdempotent: true,
  }),
  revoke: defineEndpoint({
    ...common,
    method: "delete",
    path: "/tokens/:id",
    about: "Revoke an API token",
    params: z.object({ id: idSchema }),
    answers: { 204: null },
  }),
};
