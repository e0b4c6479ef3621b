import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { openApi } from "../../src/forms/api/openapi.js";
import { origin } from "./app.js";

type Fields = Record<string, unknown>;
type Body = Exclude<RequestInit["body"], undefined>;
type Headers = Record<string, string>;
/** A response of the API; `body` is its content, `{}` if it is empty. */
// biome-ignore lint/suspicious/noExplicitAny: tests read bodies of every shape
export type Answered = { status: number; headers: globalThis.Headers; body: any };

const document = openApi({ title: "Test", origin });
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema({ $id: "api", ...document });

/** An API client with this token. Every response is checked against the OpenAPI document. */
export function program(token?: string) {
  async function call(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Answered> {
    const isRaw = typeof body === "string" || body instanceof FormData || body instanceof Uint8Array;
    const isJson = body !== undefined && (typeof body === "string" || !isRaw);
    const response = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(isJson && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: isRaw ? (body as Body) : JSON.stringify(body) }),
      redirect: "manual",
    });
    const text = await response.text();
    const isFile = response.headers.get("content-type") === "application/zip";
    const content = isFile ? text : JSON.parse(text || "{}");
    const answered = { status: response.status, headers: response.headers, body: content };
    checkAgainstDocument(method, path, answered, text);
    return answered;
  }

  return {
    call,
    get: (path: string, headers?: Headers) => call("GET", path, undefined, headers),
    post: (path: string, body?: Fields, headers?: Headers) => call("POST", path, body, headers),
    patch: (path: string, body?: Fields, headers?: Headers) => call("PATCH", path, body, headers),
    delete: (path: string, body?: Fields, headers?: Headers) => call("DELETE", path, body, headers),
  };
}

/** Creates an API client that has logged in with the password, and returns it with its tokens. */
export async function loggedIn({ username, password }: { username: string; password: string }) {
  const { status, body } = await program().post("/auth/login", { username, password });
  assert.equal(status, 200, JSON.stringify(body));
  return { ...program(body.access_token), tokens: body as Record<string, string> };
}

type Operation = { responses: Record<string, { content?: Record<string, unknown> }> };
const paths = document.paths as unknown as Record<string, Record<string, Operation>>;

/** An undocumented call must be refused with 404 or 405; all other responses must match the document. */
function checkAgainstDocument(method: string, path: string, { status, headers, body }: Answered, text: string) {
  const about = `${method} ${path}: ${status} ${text}`;
  const template = Object.keys(paths)
    .sort((one) => (one.includes("{") ? 1 : -1))
    .find((one) => new RegExp(`^${one.replace(/\{\w+\}/g, "[^/]+")}$`).test(path.replace(/\?.*/, "")));
  const operation = template && paths[template]?.[method.toLowerCase()];
  if (!operation) return assert.ok([404, 405].includes(status), about);
  const response = operation.responses[status];
  assert.ok(response, `the OpenAPI document has no such response. ${about}`);
  const type = headers.get("content-type")?.split(";")[0] ?? "";
  if (!response.content) return assert.equal(text, "", about);
  assert.ok(Object.hasOwn(response.content, type), `${type} ${about}`);
  const at = [template, method.toLowerCase(), "responses", String(status), "content", type, "schema"];
  const pointer = at.map((one) => one.replaceAll("~", "~0").replaceAll("/", "~1").replace(/[{}]/g, encodeURIComponent));
  const check = ajv.getSchema(`api#/paths/${pointer.join("/")}`) ?? assert.fail(about);
  check(body);
  const isPart = path.includes("fields="); // then some fields may be missing
  const faults = (check.errors ?? []).filter(({ keyword }) => !(isPart && keyword === "required"));
  assert.deepEqual(faults, [], about);
}
