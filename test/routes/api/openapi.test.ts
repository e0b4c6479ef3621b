import "../../support/environment.js";
import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { scopes } from "../../../src/definitions/scopes.js";
import { endpoints } from "../../../src/forms/api/index.js";
import { machineRoutes } from "../../../src/routes/index.js";
import { listMountedRoutes } from "../../../src/web/mount.js";
import { origin } from "../../support/app.js";

type Operation = {
  operationId: string;
  security?: { bearer?: string[] }[];
  responses: Record<string, { content?: Record<string, { schema: unknown }> }>;
};
type Document = { openapi: string; servers: { url: string }[]; paths: Record<string, Record<string, Operation>> };

const answer = await fetch(`${origin}/openapi.json`);
const document = (await answer.clone().json()) as Document;
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));

test("an independent validator accepts the document as OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  assert.deepEqual({ valid, errors }, { valid: true, errors: undefined });
  assert.match(document.openapi, /^3\.1\./);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
});

test("the validator finds the fault in a faulty document", async () => {
  const broken = structuredClone(document) as unknown as Record<string, unknown>;
  broken.info = { title: 7 };
  assert.equal((await new Validator().validate(broken)).valid, false);
});

test("every call is documented with a unique id", () => {
  assert.equal(operations.length, endpoints.length);
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, endpoints.length);
  assert.match(document.servers[0]?.url ?? "", /^http.*\/api\/v1$/);
});

test("the document lists exactly the mounted calls", () => {
  const mounted = listMountedRoutes(machineRoutes).filter(({ path }) => path.startsWith("/api/v1/"));
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} /api/v1${path.replace(/\{(\w+)\}/g, ":$1")}`),
  );
  assert.ok(mounted.length > 20);
  assert.deepEqual(documented.sort(), mounted.map(({ method, path }) => `${method} ${path}`).sort());
});

test("a client that has the current document gets 304", async () => {
  const tag = answer.headers.get("etag") ?? "";
  assert.match(tag, /^W\/"[\w-]{22}"$/);
  assert.equal(await statusFor(tag), 304);
  assert.equal(await statusFor('W/"another"'), 200);
});

/** Returns the status. It does not use `fetch`, which adds Cache-Control: no-cache to requests with If-None-Match. */
async function statusFor(known: string) {
  const request = get(`${origin}/openapi.json`, { headers: { "if-none-match": known }, agent: false });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

test("every call documents the token that it needs and its errors", () => {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { security, responses }] of Object.entries(methods)) {
      const about = `${method} ${path}`;
      const isOpen = path.startsWith("/auth/") && path !== "/auth/logout";
      assert.equal(security === undefined, isOpen, about);
      for (const scope of security?.flatMap(({ bearer = [] }) => bearer) ?? []) {
        assert.ok(
          scopes.some((known) => known === scope),
          `${about}: ${scope}`,
        );
      }
      assert.ok(responses["429"]?.content?.["application/problem+json"], about);
      if (!isOpen) assert.ok(responses["401"] && responses["403"], about);
    }
  }
});

test("the document contains no names of internal fields", () => {
  assert.doesNotMatch(JSON.stringify(document), /passwordHash|sessionEpoch|\bpepper|"hash"|__v/);
});
