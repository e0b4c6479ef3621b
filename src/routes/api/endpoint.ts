import { createHash } from "node:crypto";
import express, { type Request, type RequestHandler, type Response, type Router } from "express";
import { type Actor, getActor } from "../../actor.js";
import { getProof } from "../../definitions/proofs.js";
import { NotFound, UnsupportedMediaType } from "../../errors.js";
import { type Data, type Endpoint, parseCall } from "../../forms/api/endpoint.js";
import { authenticate, createEndpointGuard, requireProof } from "../../web/api/authenticate.js";
import { PreconditionFailed, Unprocessable } from "../../web/api/errors.js";
import { answerOnce } from "../../web/api/idempotency.js";
import { rateLimit } from "../../web/api/rate-limit.js";
import { compose } from "../../web/compose.js";
import { isSafe } from "../../web/mount.js";
import { sendText } from "../../web/server/send-text.js";
import { readImage } from "../../web/uploads.js";

/** The validated input of a call. `once`: the once key for services (lib/once-keys.ts), from an Idempotency-Key. */
export type EndpointInput<C extends Endpoint> = Data<C> & { actor: Actor; req: Request; once?: string | undefined };
/** The response of a call: JSON, nothing, or a file that `send` sends itself. */
export type EndpointResult = JsonResult | { send: (res: Response) => Promise<void> };
type JsonResult = { status: number; body?: object; headers?: Record<string, string> };

/** The longest bodies are posts: 10,000 characters of up to twelve bytes each. */
const json = express.json({ limit: "128kb" });
const jsonOnly: RequestHandler = (req, _res, next) => {
  const { "content-length": length = "0", "transfer-encoding": chunked } = req.headers;
  const isOther = (length !== "0" || chunked) && !req.is("json");
  next(isOther ? new UnsupportedMediaType("Send JSON with Content-Type: application/json.") : undefined);
};

/**
 * Serves an API call. Checks authentication, rate limit, permission and input, in this order, and then calls `handle`.
 * The body is read first, so a client that withholds its body is checked only after the body has arrived.
 * @param handle gets validated input; web/errors.ts turns its errors into problem documents
 * @param before further checks before the input is validated, such as a rate limit
 */
export function serveEndpoint<C extends Endpoint>(
  router: Router,
  call: C,
  handle: (asked: EndpointInput<C>) => Promise<EndpointResult>,
  ...before: RequestHandler[]
): void {
  const about = `${call.method} ${call.path}`;
  const answer: RequestHandler = async (req, res) => {
    const { params, query, body } = req;
    const input = parseCall(call, { params, query, body });
    if (!input) throw new NotFound();
    if (!input.ok) throw new Unprocessable(input.mistakes);
    const act = (once?: string) => handle({ ...input.data, actor: getActor(req), req, once });
    const { params: at, body: sent } = input.data;
    const answered =
      call.isIdempotent === true ? await answerOnce(req, { call: about, body: [at, sent] }, act) : await act();
    if ("send" in answered) await answered.send(res);
    else send(res, answered, { query: input.data.query, isResource: call.isResource === true });
  };
  const proof = getProof(call.method.toUpperCase(), `/api/v1${call.path}`);
  const access = [createEndpointGuard(call), requireProof(proof)];
  const checks = [authenticate, rateLimit, ...access, ...before];
  // An image is read after the checks: it may be large, and only so many fit into memory. It may also come slowly, so
  // they are repeated.
  const steps = call.isUpload
    ? [...checks, readImage, authenticate, ...access, answer]
    : [json, ...checks, jsonOnly, answer];
  router[call.method](call.path, compose(...steps));
}

/**
 * Sends a response with only the requested fields. Adds an ETag to every resource, and to everything that is read.
 */
function send(
  res: Response,
  { status, body, headers = {} }: JsonResult,
  { query, isResource }: { query: { fields?: string[] }; isResource: boolean },
): void {
  res.status(status).set(headers);
  if (!body) return void res.end();
  const isTagged = isResource || "id" in body;
  const text = JSON.stringify(body);
  if (isSafe(res.req)) {
    const tag = createEtag(text);
    if (isTagged) setStrongTag(res, tag, FRESH);
    else res.set({ ETag: `W/${tag}`, "Cache-Control": FRESH });
    if (tagsIn(res.req, "if-none-match").some((known) => known === "*" || known === tag))
      return void res.status(304).end();
  } else if (isTagged) setStrongTag(res, createEtag(text), "no-store");
  sendText(res, "application/json", query.fields ? JSON.stringify(picked(body, query.fields)) : text);
}

const FRESH = "private, no-cache";

/**
 * A strong ETag identifies the exact bytes, so neither we nor a proxy may compress the response (RFC 9110, 8.8.3.3 and
 * RFC 9111, 5.2.2.6).
 */
const setStrongTag = (res: Response, tag: string, cached: string) =>
  res.set({ ETag: tag, "Cache-Control": `${cached}, no-transform` });

/** Creates the ETag of the whole resource as JSON, even if only some of its fields are sent (RFC 9110, 8.8.3). */
const createEtag = (text: string): string => `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;

/**
 * Throws if the resource has changed since the client read it. Returns true if the client sent a version. The write
 * itself must then check it again, because another request may be faster.
 * @throws PreconditionFailed
 */
export function assertMatch(req: Request, current: object): boolean {
  const tags = tagsIn(req, "if-match");
  const isAny = tags.length === 0 || tags.includes("*");
  if (!isAny && !tags.includes(createEtag(JSON.stringify(current)))) throw new PreconditionFailed();
  return !isAny;
}

/**
 * Proxies that compress a response make its ETag weak. A weak ETag is accepted like the original one, even where the
 * RFC requires a strong comparison.
 */
const tagsIn = (req: Request, header: string) =>
  req
    .get(header)
    ?.split(",")
    .map((tag) => tag.trim().replace(/^W\//, "")) ?? [];

function picked(body: object, fields: string[]): object {
  const pick = (one: object) => Object.fromEntries(Object.entries(one).filter(([name]) => fields.includes(name)));
  if (!("data" in body && Array.isArray(body.data))) return pick(body);
  return { ...body, data: body.data.map(pick) };
}
