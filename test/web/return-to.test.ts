import "../support/environment.js";
import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { ownPath } from "../../src/web/return-to.js";
import { origin } from "../support/app.js";
import { member } from "../support/people.js";
import { visitor } from "../support/visitor.js";

const foreign = [
  ...[
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%5cevil.example",
    "/%2f/evil.example",
    "/%2Fevil.example",
  ],
  ...[
    "/.//evil.example",
    "/%2e//evil.example",
    "/a/..//evil.example",
    "/%2E%2e//evil.example",
    "/./..//evil.example",
    "/a/%2e%2e//evil.example",
  ],
  ...[
    "https://evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "",
    " /x",
    "?x",
    "#x",
  ],
  ...[
    "/\t/evil.example",
    "/\n/evil.example",
    "/a\r\nLocation: //evil.example",
    "/%0d%0aSet-Cookie:x=1",
    "/%09/evil.example",
    "/\0",
    "/%00",
  ],
  ...["/\u2028/evil.example", "/／evil.example", "/ü", `/${"a".repeat(500)}`],
];

test("what leads elsewhere, or might, is dropped", () => {
  for (const path of foreign) assert.equal(ownPath(path), null, JSON.stringify(path));
});

test("our own paths stay, and a browser reads them as ours", () => {
  for (const path of [
    "/",
    "/dashboard",
    "/posts?page=2",
    "/posts/0123456789abcdef01234567/a-gate",
    "/users/ada_l-1",
    "/a//b",
    "/?x=//y",
    "/x?y=https://z/",
  ]) {
    assert.equal(ownPath(path), path);
    assert.equal(new URL(path, "https://own.example").origin, "https://own.example");
  }
});

/** Sends an address to the server exactly as it is. */
const raw = (path: string) =>
  new Promise<{ status: number; cookies: string[] }>((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    const sent = request({ hostname, port, path }, (answer) => {
      answer
        .resume()
        .on("end", () => resolve({ status: answer.statusCode ?? 0, cookies: answer.headers["set-cookie"] ?? [] }));
    });
    sent.on("error", reject).end();
  });

test("through the front door no address leads elsewhere after the login", async () => {
  const { username: login, password } = await member();
  const tries = foreign
    .filter((path) => /^[/?#\\\x21-\x7e]+$/.test(path))
    .flatMap((path) => [path, `/dashboard${path}`, `/posts/${path}/edit`, `/dashboard?${path}`]);
  for (const path of tries) {
    const { cookies } = await raw(path);
    const browser = visitor();
    for (const cookie of cookies)
      browser.cookies.set(cookie.split("=")[0] ?? "", (cookie.split(";")[0] ?? "").split("=")[1] ?? "");
    const to = (await browser.submit("/login", { login, password })).location ?? "";
    assert.equal(new URL(to, "http://own.example").origin, "http://own.example", path);
    assert.match(to, /^\/(?![/\\])/, path);
  }
});

test("only what we remembered counts: no field, no address, no forged or swapped cookie", async () => {
  const { username: login, password } = await member();
  for (const query of ["?returnTo=/posts", "?next=//evil.example", "?redirect=https://evil.example"]) {
    assert.equal((await visitor().submit("/login", { login, password }, `/login${query}`)).location, "/dashboard");
  }
  const swap = visitor();
  await swap.get("/login");
  for (const value of ["/posts", "s%3A%2Fposts.x", "j:{}", swap.cookies.get("csrf") ?? ""]) {
    const browser = visitor();
    browser.cookies.set("return-to", value);
    assert.equal((await browser.submit("/login", { login, password })).location, "/dashboard", value);
  }
});

test("a page is remembered once, through mistakes, and also for those who sign up", async () => {
  const ada = await member();
  const browser = visitor();
  await browser.get("/account/profile");
  assert.equal((await browser.submit("/login", { login: ada.username, password: "wrong" })).status, 401);
  assert.equal(
    (await browser.submit("/login", { login: ada.username, password: ada.password })).location,
    "/account/profile",
  );
  assert.ok(!browser.cookies.has("return-to"));
});

test("a POST is never remembered", async () => {
  const browser = visitor();
  const answer = await browser.submit("/login", { title: "x" }, "/posts");
  assert.equal(answer.location, "/login");
  assert.ok(!browser.cookies.has("return-to"));
});
