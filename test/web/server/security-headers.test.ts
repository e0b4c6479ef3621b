import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { enterPassword } from "../../support/users/factor-recovery.js";
import { protectedMember } from "../../support/users/factors.js";
import { member, post } from "../../support/users.js";
import { type Page, visitor } from "../../support/visitor.js";

const always: Record<string, RegExp> = {
  "content-security-policy":
    /^default-src 'none';base-uri 'none';connect-src 'self';font-src 'self';form-action 'self';frame-ancestors 'none';img-src 'self';manifest-src 'self';object-src 'none';script-src 'self';style-src 'self';report-uri \/csp-reports$/,
  "cross-origin-opener-policy": /^same-origin$/,
  "cross-origin-resource-policy": /^same-origin$/,
  "permissions-policy": /camera=\(\)/,
  "referrer-policy": /^same-origin$/,
  "x-content-type-options": /^nosniff$/,
  "x-frame-options": /^DENY$/,
  "x-request-id": /^[0-9a-f-]{36}$/,
};

function protectedBy({ headers }: Page, what: string) {
  for (const [name, value] of Object.entries(always)) assert.match(headers.get(name) ?? "", value, `${what}: ${name}`);
  for (const name of ["x-powered-by", "etag", "server"]) assert.equal(headers.get(name), null, `${what}: ${name}`);
}

test("every kind of response has the security headers", async () => {
  const ada = await member();
  const json = { accept: "application/json" };
  const answers: [number, Page][] = [
    [200, await ada.get("/")],
    [200, await ada.get("/account/passkeys")],
    [200, await (await enterPassword(await protectedMember())).get("/login/second-factor")],
    [200, await ada.get("/healthz")],
    [200, await ada.get("/robots.txt")],
    [200, await ada.get("/favicon.ico")],
    [301, await ada.get((await post(ada)).split("/").slice(0, 3).join("/"))],
    [303, await visitor().get("/dashboard")],
    [400, await ada.get("/users/%ff")],
    [403, await ada.send("/logout", {})],
    [404, await ada.get("/nothing")],
    [404, await ada.get("/assets/development/nothing.css")],
    [404, await ada.get("/nothing", json)],
    [405, await ada.get("/logout")],
    [415, await ada.request("/login", { method: "POST", body: "{}", headers: { "content-type": "application/json" } })],
    [422, await visitor().submit("/login", { login: "", password: "" })],
  ];
  for (const [status, answer] of answers) {
    assert.equal(answer.status, status);
    protectedBy(answer, String(status));
  }
});

test("static files have the security headers too, and the content type of their extension", async () => {
  const { text } = await visitor().get("/register");
  const files = [...text.matchAll(/(?:href|src)="(\/assets\/[^"#]+)/g)].map((match) => match[1] ?? "");
  assert.ok(files.length > 5);
  for (const file of files) {
    const answer = await visitor().get(file);
    assert.equal(answer.status, 200, file);
    assert.match(answer.headers.get("content-security-policy") ?? "", /default-src 'none'/);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    if (file.endsWith(".css")) assert.match(answer.headers.get("content-type") ?? "", /^text\/css/);
    assert.equal(answer.headers.getSetCookie().length, 0);
  }
});

test("no file outside the static folder is served, and folders are not listed", async () => {
  const ways = [
    "../package.json",
    "..%2fpackage.json",
    "%2e%2e/package.json",
    "..%5cpackage.json",
    ".gitignore",
    "css",
    "css/",
    "css/..",
    "%00",
    "css/site.css%00.txt",
  ];
  for (const way of ways) {
    const answer = await visitor().get(`/assets/development/${way}`);
    assert.ok([400, 403, 404].includes(answer.status), `${way} ${answer.status}`);
    assert.doesNotMatch(answer.text, /"dependencies"|\/src\/|node_modules/);
  }
});

test("pages are not cached: after a logout, the Back button shows nothing", async () => {
  const ada = await member();
  for (const path of [
    "/",
    "/posts",
    "/dashboard",
    "/account/profile",
    "/login",
    `/users/${ada.username}`,
    "/nothing",
  ]) {
    assert.equal((await ada.get(path)).headers.get("cache-control"), "no-store", path);
  }
});

test("cookies are not readable by scripts, and are sent only to our own pages", async () => {
  const browser = visitor();
  const lines = [
    ...(await browser.get("/posts/new")).headers.getSetCookie(),
    ...(await browser.get("/login")).headers.getSetCookie(),
  ];
  const ada = await member();
  lines.push(...(await ada.submit("/account/profile", { bio: "x" })).headers.getSetCookie());
  const names = lines.map((line) => line.split("=")[0]);
  assert.deepEqual(names, ["csrf", "flash"]);
  for (const line of lines) {
    assert.match(line, /; HttpOnly/, line);
    assert.match(line, /; SameSite=Lax/i, line);
    assert.match(line, /; Path=\/(;|$)/, line);
    assert.doesNotMatch(line, /; Domain=/i, line);
  }
});

test("responses are compressed for clients that accept it", async () => {
  const page = await visitor().get("/login", { "accept-encoding": "gzip" });
  assert.equal(page.headers.get("content-encoding"), "gzip");
  assert.match(page.text, /<\/html>/);
  assert.match(page.headers.get("vary") ?? "", /Accept-Encoding/i);
});
