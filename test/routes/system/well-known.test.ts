import assert from "node:assert/strict";
import { test } from "node:test";
import { visitor } from "../../support/visitor.js";

test("robots.txt disallows private pages and allows login and registration", async () => {
  const { status, text, headers } = await visitor().get("/robots.txt");
  assert.equal(status, 200);
  assert.match(headers.get("content-type") ?? "", /^text\/plain/);
  assert.match(text, /^User-agent: \*\n/);
  assert.match(text, /Disallow: \/account/);
  for (const open of ["login", "register", "password-reset"]) assert.doesNotMatch(text, new RegExp(`/${open}\\b`));
});

test("security.txt names a contact and expires within a year and a day (RFC 9116)", async () => {
  const { text } = await visitor().get("/.well-known/security.txt");
  assert.match(text, /^Contact: mailto:security@localhost$/m);
  const days = (Date.parse(/^Expires: (.*)$/m.exec(text)?.[1] ?? "") - Date.now()) / 86_400_000;
  assert.ok(days > 300 && days <= 366, String(days));
});

test("the favicon is served", async () => {
  const icon = await visitor().get("/favicon.ico");
  assert.equal(icon.status, 200);
  assert.match(icon.headers.get("content-type") ?? "", /icon/);
  assert.match(icon.headers.get("cache-control") ?? "", /max-age=86400/);
});

test("/.well-known/change-password leads to the password page (W3C: A Well-Known URL for Changing Passwords)", async () => {
  const answer = await visitor().get("/.well-known/change-password");
  assert.deepEqual([answer.status, answer.location], [302, "/account/password"]);
  assert.equal(answer.headers.get("set-cookie"), null);
  const reliable = await visitor().get(
    "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200",
  );
  assert.equal(reliable.status, 404);
  const back = visitor();
  assert.equal((await back.get("/account/password")).location, "/login?return_to=%2Faccount%2Fpassword");
});
