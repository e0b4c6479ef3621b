import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { endpoints } from "../../../src/forms/api/index.js";
import { describeApi } from "../../../src/routes/api/openapi.js";
import { visitor } from "../../support/visitor.js";

type Operation = {
  operationId: string;
  summary: string;
  security?: { bearer?: string[] }[];
  parameters?: { name: string; in: string }[];
  responses: Record<string, unknown>;
};

const { text, status, headers } = await visitor().get("/apidocs");
/** Returns the part of the page about one call. */
const getPart = (id: string) =>
  new RegExp(`<details class="api-call" id="${id}">.*?</details>`, "s").exec(text)?.[0] ?? "";

test("the API page documents each call, with a curl command and a form to try it", () => {
  assert.equal(status, 200);
  for (const [path, methods] of Object.entries(describeApi().paths ?? {})) {
    for (const [method, operation] of Object.entries(methods as Record<string, Operation>)) {
      const { operationId, summary, security = [], parameters = [], responses } = operation;
      const part = getPart(operationId);
      const says = (what: string) => assert.ok(part.includes(what), `${operationId}: ${what}`);
      says(`>${method.toUpperCase()}</span> <code class="api-path">${path}</code>`);
      says(summary.replaceAll("'", "&#39;"));
      says("curl ");
      says(`data-call="${method.toUpperCase()}"`);
      for (const scope of security.flatMap(({ bearer = [] }) => bearer)) says(`<code>${scope}</code>`);
      for (const { name, in: place } of parameters) says(`data-in="${place}" data-name="${name}"`);
      for (const answer of Object.keys(responses)) says(`<dt><code>${answer}</code></dt>`);
    }
  }
  assert.equal(text.match(/data-call=/g)?.length, endpoints.length);
  for (const name of Object.keys(describeApi().components?.schemas ?? {})) assert.ok(getPart(`type-${name}`), name);
});

test("the API page shows each field with its type and limits", () => {
  const part = getPart("postAuthRefresh");
  assert.match(part, /<code>refresh_token<\/code> <span class="api-required">required<\/span>/);
  assert.match(part, /string<\/span>, 1 or more characters, 2000 characters at most/);
});

test("the login has an example body with valid fields", () => {
  assert.match(getPart("postAuthLogin"), /-d &#39;\{&#34;username&#34;:&#34;ada&#34;,&#34;password&#34;:/);
});

test("the API page loads nothing from other sites and has the same content security policy as every page", async () => {
  const loaded = [...text.matchAll(/<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="([^"]+)"/g)].map(([, to]) => to);
  assert.ok(loaded.length > 2);
  for (const to of loaded) assert.ok(to?.startsWith("/") && !to.startsWith("//"), to);
  const policy = (of: Headers) => of.get("content-security-policy") ?? "";
  assert.match(policy(headers), /default-src 'none'.*script-src 'self'/);
  assert.equal(policy(headers), policy((await visitor().get("/")).headers));
});

test("the home page links to the API page, which sets no cookie", async () => {
  const ada = visitor();
  assert.match((await ada.get("/")).text, /<a href="\/apidocs">/);
  await ada.get("/apidocs");
  assert.equal(ada.cookies.size, 0);
});
