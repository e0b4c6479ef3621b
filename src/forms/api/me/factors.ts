import { z } from "zod";
import { defineEndpoint } from "../endpoint.js";
import { idSchema, textSchema, timeSchema, tokensResponse } from "../responses.js";

const path = "/users/me/factors";
const common = { group: "Own account", who: "member", scope: null } as const;
const lastUsed = timeSchema.nullable().meta({ description: "Null if it was never used" });

const factors = z
  .object({
    authenticator: z
      .object({ addedAt: timeSchema, lastUsedAt: lastUsed })
      .nullable()
      .meta({ description: "The authenticator app; null if there is none" }),
    passkeys: z.array(z.object({ id: idSchema, name: textSchema, addedAt: timeSchema, lastUsedAt: lastUsed })),
    recoveryCodes: z
      .object({ left: z.int(), createdAt: timeSchema.nullable() })
      .meta({ description: "The number of recovery codes that are left, and when the set was created" }),
  })
  .meta({ id: "Factors", description: "The second factors of an account, without their secrets" });

const about = "This login continues with the tokens in the response, and its earlier tokens become invalid.";

export const factorEndpoints = {
  read: defineEndpoint({
    ...common,
    method: "get",
    path,
    about: "List your second factors",
    details: "Add them in a browser, at /account/factors.",
    answers: { 200: factors },
  }),
  removeAll: defineEndpoint({
    ...common,
    method: "delete",
    path,
    about: "Remove all second factors",
    details: `Removes the authenticator app, all passkeys and the recovery codes, and ends all other sessions. ${about}`,
    answers: { 200: tokensResponse },
    refusals: { 409: "There is no second factor." },
  }),
  removeAuthenticator: defineEndpoint({
    ...common,
    method: "delete",
    path: `${path}/authenticator`,
    about: "Remove your authenticator app",
    details: `Removes the recovery codes too if no other factor is left, and ends all other sessions. ${about}`,
    answers: { 200: tokensResponse },
    refusals: { 409: "There is no authenticator app, or the account has just changed." },
  }),
};
