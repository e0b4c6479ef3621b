import { type Request, Router } from "express";
import { tokenEndpoints as calls } from "../../forms/api/tokens.js";
import { ApiToken, MOST_TOKENS } from "../../models/api-token.js";
import { makeToken, revokeToken } from "../../services/api/api-tokens.js";
import { Unprocessable } from "../../web/api/errors.js";
import { toTokenJson } from "../../web/api/present-token.js";
import { getLoggedInUser } from "../../web/guards.js";
import { rateLimits } from "../../web/rate-limits.js";
import { serveEndpoint } from "./endpoint.js";

export const apiTokens = Router();

serveEndpoint(apiTokens, calls.list, async ({ req }) => {
  const own = await ApiToken.listForUser(getLoggedInUser(req).id);
  return { status: 200, body: { data: own.map(toTokenJson) } };
});

serveEndpoint(apiTokens, calls.current, async ({ req }) => ({ status: 200, body: presentCurrent(req) }));

serveEndpoint(
  apiTokens,
  calls.make,
  async ({ actor, body, once }) => {
    const made = await makeToken(actor, body, once);
    if (typeof made === "string") throw new Unprocessable([reasons[made]]);
    return { status: 201, body: { ...toTokenJson(made.token), token: made.secret } };
  },
  rateLimits.tokens,
);

serveEndpoint(apiTokens, calls.revoke, async ({ actor, params, req }) => {
  await revokeToken(actor, getLoggedInUser(req), params.id);
  return { status: 204 };
});

const reasons = {
  forbidden: { pointer: "#/scopes", detail: "Send scopes that your permissions allow." },
  "limit-reached": { pointer: "#", detail: `You've reached the limit of ${MOST_TOKENS} tokens. Revoke one first.` },
};

/** Presents the token of a request to itself. */
function presentCurrent(req: Request) {
  const { apiToken, apiSession, accessExpiresAt } = req;
  const { id, username } = getLoggedInUser(req);
  const times = {
    createdAt: apiToken?.createdAt ?? apiSession?.beganAt,
    expiresAt: apiToken?.expiresAt ?? accessExpiresAt,
  };
  return {
    kind: apiToken ? "api" : "access",
    id: apiToken ? String(apiToken._id) : null,
    description: apiToken?.description ?? null,
    user: { id, username },
    scopes: apiToken?.scopes ?? null,
    createdAt: times.createdAt?.toISOString(),
    expiresAt: times.expiresAt?.toISOString(),
  };
}
