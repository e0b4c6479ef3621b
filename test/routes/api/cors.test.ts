process.env.API_ORIGINS = "https://app.example.org,https://other.example.org";

import assert from "node:assert/strict";
import { test } from "node:test";

await import("../../support/environment.js");
const { origin } = await import("../../support/app.js");

const ask = (path: string, from: string, method = "OPTIONS") =>
  fetch(origin + path, {
    method,
    headers: {
      origin: from,
      "access-control-request-method": "PATCH",
      "access-control-request-headers": "authorization,if-match",
    },
  });
const allowed = ({ headers }: Response) => headers.get("access-control-allow-origin");

test("pages of a configured origin may call the API, without cookies", async () => {
  const answer = await ask("/api/v1/users/me", "https://app.example.org");
  assert.equal(answer.status, 204);
  assert.equal(allowed(answer), "https://app.example.org");
  assert.match(answer.headers.get("access-control-allow-headers") ?? "", /Authorization/);
  assert.equal(answer.headers.get("access-control-allow-credentials"), null);
  assert.match(answer.headers.get("vary") ?? "", /Origin/i);
  assert.equal(allowed(await ask("/api/v1/users/me", "https://other.example.org", "GET")), "https://other.example.org");
});

test("pages of any other origin may not call the API, even if its name is similar", async () => {
  for (const from of [
    "https://app.example.org.evil.com",
    "https://evil-app.example.org",
    "http://app.example.org",
    "https://app.example.org:8443",
    "https://APP.example.org/",
    "null",
    "*",
  ]) {
    assert.equal(allowed(await ask("/api/v1/users/me", from)), null, from);
    assert.equal(allowed(await ask("/api/v1/users/me", from, "GET")), null, from);
  }
});

test("a configured origin may not read pages outside the API", async () => {
  for (const path of ["/", "/login", "/account/profile", "/openapi.json", "/apidocs"]) {
    assert.equal(allowed(await ask(path, "https://app.example.org", "GET")), null, path);
  }
});
