import { Router } from "express";
import { tokens as calls } from "../../forms/api/tokens.js";
import { ApiToken, type ApiTokenFields, MOST_TOKENS } from "../../models/api-token.js";
import { makeToken, revokeToken } from "../../services/api/api-tokens.js";
import { Unprocessable } from "../../web/api/errors.js";
import { signedIn } from "../../web/guards.js";
import { limits } from "../../web/rate-limits.js";
import { serve } from "./endpoint.js";

export const tokens = Router();

serve(tokens, calls.list, async ({ req }) => {
  const own = await ApiToken.listOf(signedIn(req).id);
  return { status: 200, body: { data: own.map(inAnswer) } };
});

serve(
  tokens,
  calls.make,
  async ({ actor, body }) => {
    const made = await makeToken(actor, body);
    if (typeof made === "string") throw new Unprocessable([reasons[made]]);
    return { status: 201, body: { ...inAnswer(made.token), token: made.secret } };
  },
  limits.tokens,
);

serve(tokens, calls.revoke, async ({ actor, params, req }) => {
  await revokeToken(actor, signedIn(req), params.id);
  return { status: 204 };
});

const reasons = {
  forbidden: { pointer: "#/scopes", detail: "Choose from what you may do." },
  "limit-reached": { pointer: "#", detail: `Nobody has more than ${MOST_TOKENS} tokens. Revoke one.` },
};

function inAnswer({ _id, description, beginning, scopes, ...token }: ApiTokenFields) {
  const { createdAt, expiresAt, lastUsedAt = null, lastUsedIp = null } = token;
  const times = { createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() };
  return {
    id: String(_id),
    description,
    beginning,
    scopes,
    ...times,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    lastUsedIp,
  };
}
