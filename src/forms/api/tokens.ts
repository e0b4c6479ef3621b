import { z } from "zod";
import { scopes } from "../../definitions/scopes.js";
import { lasting, scope } from "../account/api-tokens.js";
import { tokenDescription } from "../fields.js";
import { defineEndpoint } from "./endpoint.js";
import { idSchema, textSchema, timeSchema } from "./responses.js";

const group = "API tokens";
const common = { group, who: "member", scope: null } as const;

const token = z
  .object({
    id: idSchema,
    description: textSchema,
    beginning: textSchema.meta({ description: "First characters of the secret" }),
    scopes: z.array(z.string()),
    createdAt: timeSchema,
    expiresAt: timeSchema,
    lastUsedAt: timeSchema.nullable(),
    lastUsedIp: textSchema.nullable(),
  })
  .meta({ id: "ApiToken", description: "A personal API token, without its secret" });

/** Creating and revoking tokens needs a login. A token is not enough. */
export const tokenEndpoints = {
  list: defineEndpoint({
    ...common,
    method: "get",
    path: "/tokens",
    about: "List your API tokens",
    answers: { 200: z.object({ data: z.array(token) }) },
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
      201: token.extend({ token: textSchema.meta({ description: "The secret" }) }).meta({ id: "NewApiToken" }),
    },
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
