import { z } from "zod";
import { createDocument, type ZodOpenApiOperationObject } from "zod-openapi";
import { getProof } from "../../definitions/proofs.js";
import { scopes } from "../../definitions/scopes.js";
import { webhookOperations } from "../webhook-events.js";
import type { Endpoint } from "./endpoint.js";
import { endpoints } from "./index.js";
import { problemResponse } from "./responses.js";

/**
 * Returns true if the call accepts a token. If a scope exists for it, it does, even when login is optional
 * (web/api/authenticate.ts).
 */
function takesToken({ who, scope, takesLogin = false }: Endpoint): boolean {
  return who !== "anyone" || scope !== null || takesLogin;
}

/** The usual errors of each kind of API call. */
const refusals: [status: number, means: string, holds: (call: Endpoint) => boolean][] = [
  [400, "The request can't be read.", () => true],
  [401, "Missing or invalid token.", takesToken],
  [403, "Not allowed, or the token lacks the scope.", takesToken],
  [404, "Not found, or not visible to you.", ({ params }) => params !== undefined],
  [409, "A request with this Idempotency-Key is in progress.", ({ isIdempotent }) => isIdempotent === true],
  [412, "Changed since you read it.", ({ isConditional }) => isConditional === true],
  [413, "The body is too large.", ({ method }) => method !== "get"],
  [415, "The body is not JSON.", ({ method, isUpload }) => method !== "get" && !isUpload],
  [415, "The body is neither an image nor a form with one.", ({ isUpload }) => isUpload === true],
  [422, "Validation failed; see `errors`.", () => true],
  [429, "Too many requests. Wait for the time in Retry-After.", () => true],
  [503, "Temporarily unavailable.", () => true],
];

/** Creates the OpenAPI 3.1 document of the JSON API from the schemas that validate the input. */
export function openApi({ title, origin }: { title: string; origin: string }) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const call of endpoints) {
    const path = call.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [call.method]: createOperation(call) };
  }
  return createDocument({
    openapi: "3.1.0",
    info: { title: `${title} JSON API`, version: "1", description: "Accounts and posts, for programs." },
    servers: [{ url: `${origin}/api/v1` }],
    tags: [...new Set(endpoints.map(({ group }) => group))].map((name) => ({ name })),
    paths,
    webhooks: webhookOperations,
    components: { securitySchemes: { bearer } },
  });
}

const bearer = {
  type: "http",
  scheme: "bearer",
  description: `An access token from a login, or a personal API token with the scopes that a call requires: ${scopes.join(", ")}.`,
} as const;

function createOperation(call: Endpoint): ZodOpenApiOperationObject {
  const { group, about, details, who, scope, reads, takesAnyToken } = call;
  return {
    operationId: getOperationId(call),
    tags: [group],
    summary: about,
    ...(details && { description: details }),
    security: takesToken(call)
      ? [
          ...(who === "anyone" ? [{}] : []),
          { bearer: [scope, reads].filter((one) => one !== null && one !== undefined) },
        ]
      : [],
    ...(takesAnyToken && { "x-any-token": true }),
    requestParams: listParameters(call),
    ...createRequestBody(call),
    responses: { ...createResponses(call), ...createErrorResponses(call) },
  };
}

const binary = { type: "string", format: "binary" } as const;
const formWithImage = { type: "object" as const, properties: { avatar: binary }, required: ["avatar"] };

function createRequestBody({ body, isUpload }: Endpoint) {
  if (!body) return {};
  const content = isUpload
    ? { "multipart/form-data": { schema: formWithImage }, "image/*": { schema: binary } }
    : { "application/json": { schema: body } };
  return { requestBody: { content, required: true } };
}

/** "get /users/:id/roles" becomes "getUsersIdRoles". */
const getOperationId = ({ method, path }: Endpoint) =>
  method + path.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase());

const isCached = ({ method, download }: Endpoint) => method === "get" && !download;

function listParameters(call: Endpoint) {
  const { params, query, isConditional, isIdempotent } = call;
  const header = {
    ...(isCached(call) && {
      "If-None-Match": z.string().optional().meta({ description: "Returns 304 if the ETag is still the same" }),
    }),
    ...(isConditional && {
      "If-Match": z.string().optional().meta({ description: "Returns 412 if the ETag has changed" }),
    }),
    ...(isIdempotent && {
      "Idempotency-Key": z
        .string()
        .regex(/^[\x21-\x7e]{1,255}$/)
        .optional()
        .meta({ description: "Repeating the key within 24 hours has no further effect" }),
    }),
  };
  return {
    ...(params && { path: params }),
    ...(query && { query }),
    ...(Object.keys(header).length > 0 && { header: z.object(header) }),
  };
}

function createResponses(call: Endpoint) {
  const type = call.download ?? "application/json";
  const given = Object.entries(call.answers).map(([status, schema]) => [
    status,
    schema ? { description: "Done", content: { [type]: { schema } } } : { description: "Done, no content" },
  ]);
  const unchanged = isCached(call) ? { 304: { description: "Not modified" } } : {};
  return { ...Object.fromEntries(given), ...unchanged };
}

/** Added to the text of 403 if the call also requires a recent login. */
const TOO_OLD = "Or the login was more than ten minutes ago: log in again, or confirm the password.";
const mayTakeRecent = ({ method, path }: Endpoint) => {
  const proof = getProof(method.toUpperCase(), `/api/v1${path}`);
  return proof === "recent" || typeof proof !== "string";
};

function createErrorResponses(call: Endpoint) {
  const usual = refusals.filter(([, , holds]) => holds(call)).map(([status, means]) => [status, means] as const);
  const all: Record<number, string> = { ...Object.fromEntries(usual), ...call.refusals };
  if (mayTakeRecent(call)) all[403] = `${all[403]} ${TOO_OLD}`;
  const content = { "application/problem+json": { schema: problemResponse } };
  return Object.fromEntries(Object.entries(all).map(([status, description]) => [status, { description, content }]));
}
