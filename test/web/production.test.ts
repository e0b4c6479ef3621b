import assert from "node:assert/strict";
import { test } from "node:test";
import mongoose from "mongoose";
import { origin } from "../support/settings/production.js";

/** Sends a request like a browser with these cookies. */
async function ask(
  path: string,
  {
    cookies = {},
    fields,
    headers = {},
  }: { cookies?: Record<string, string>; fields?: Record<string, string>; headers?: Record<string, string> } = {},
) {
  const cookie = Object.entries(cookies)
    .map((pair) => pair.join("="))
    .join("; ");
  const init: RequestInit = { redirect: "manual", headers: { accept: "text/html", cookie, ...headers } };
  const answer = await fetch(
    origin + path,
    fields ? { ...init, method: "POST", body: new URLSearchParams(fields) } : init,
  );
  const set = answer.headers.getSetCookie();
  for (const line of set)
    Object.assign(cookies, {
      [line.slice(0, line.indexOf("="))]: line.slice(line.indexOf("=") + 1, line.indexOf(";")),
    });
  return { status: answer.status, headers: answer.headers, set, text: await answer.text() };
}

const readToken = (html: string) => /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? "";

test("cookies are limited to this host and to https", async () => {
  const cookies = {};
  const wanted = await ask("/dashboard", { cookies });
  const form = await ask("/register", { cookies });
  assert.doesNotMatch(form.text, /\/dev\/mailbox/);
  const _csrf = readToken(form.text);
  const headers = { origin: "https://accounts.example.org" };
  const [email, password] = ["ada@example.org", "sturdy-Gate-in-the-wall"];
  const send = (path: string, fields: Record<string, string>) =>
    ask(path, { cookies, fields: { _csrf, ...fields }, headers });
  const account = await send("/register", { username: "ada", email, password });
  const asked = await send("/email-confirmation", { email });
  await mongoose.connection
    .collection("users")
    .updateOne({ username: "ada" }, { $set: { emailConfirmedAt: new Date() } });
  const entered = await send("/login", { login: "ada", password, remember: "on" });
  for (const answer of [account, asked, entered]) assert.equal(answer.status, 303, answer.text);
  const set = [wanted, form, account, asked, entered].flatMap((answer) => answer.set);
  const lines = set.filter((line) => !/Expires=Thu, 01 Jan 1970/.test(line));
  assert.deepEqual([...new Set(lines.map((line) => line.split("=")[0]))].sort(), [
    "__Host-csrf",
    "__Host-device",
    "__Host-flash",
    "__Host-remember",
    "__Host-sid",
    "__Host-sign-up",
  ]);
  for (const line of lines) {
    for (const attribute of [/; Secure/, /; HttpOnly/, /; SameSite=Lax/i, /; Path=\/(;|$)/])
      assert.match(line, attribute);
    assert.doesNotMatch(line, /; Domain=/i);
  }
  const { "__Host-sid": _gone, ...kept } = cookies as Record<string, string>;
  assert.equal((await ask("/account/profile", { cookies: kept })).status, 200, "remembered");
  Object.assign(cookies, kept);
  const profile = await ask("/account/profile", { cookies });
  assert.equal(profile.status, 200);
  const left = await ask("/logout", { cookies, fields: { _csrf: readToken(profile.text) } });
  assert.match(
    left.set.join("\n"),
    /^__Host-sid=; Path=\/; Expires=Thu, 01 Jan 1970[^\n]*Secure/m,
    "browsers delete a prefixed cookie only with Secure",
  );
  assert.match(left.set.join("\n"), /^__Host-remember=; Path=\/; Expires=Thu, 01 Jan 1970[^\n]*Secure/m);
});

test("forms from other origins are refused, including loopback", async () => {
  for (const foreign of [
    "http://accounts.example.org",
    "http://localhost:3000",
    origin,
    "https://accounts.example.org.evil.example",
    "null",
  ]) {
    const cookies = {};
    const form = await ask("/login", { cookies });
    const answer = await ask("/login", {
      cookies,
      fields: { _csrf: readToken(form.text), login: "ada", password: "x" },
      headers: { origin: foreign },
    });
    assert.equal(answer.status, 403, foreign);
  }
});

test("every response makes browsers use https for two years", async () => {
  for (const path of ["/", "/nothing", "/robots.txt"]) {
    assert.equal(
      (await ask(path)).headers.get("strict-transport-security"),
      "max-age=63072000; includeSubDomains; preload",
    );
  }
});

test("static files are cached forever, under an address that changes with their content", async () => {
  const { text } = await ask("/");
  const sheet = /href="(\/assets\/([0-9a-f]{16})\/css\/[^"]+)"/.exec(text);
  const file = await ask(sheet?.[1] ?? "");
  assert.equal(file.status, 200);
  assert.equal(file.headers.get("cache-control"), "public, max-age=31536000, immutable");
  const missing = await ask(`/assets/${sheet?.[2]}/css/nothing.css`);
  assert.equal(missing.status, 404);
  assert.equal(missing.headers.get("cache-control"), "no-store");
  for (const name of ["base", "site"])
    assert.equal((await ask(`/assets/0000000000000000/css/${name}.css`)).status, 404);
});

test("a page waits for one stylesheet and for no script", async () => {
  for (const path of ["/", "/login", "/register", "/posts", "/apidocs", "/nothing"]) {
    const { text } = await ask(path);
    const sheets = [...text.matchAll(/<link[^>]*rel="stylesheet"[^>]*>/g)];
    assert.equal(sheets.length, 1, path);
    assert.match(sheets[0]?.[0] ?? "", /^<link rel="stylesheet" href="\/assets\/[0-9a-f]{16}\/css\/all\.css">$/, path);
    for (const [script] of text.matchAll(/<script\b[^>]*>/g)) {
      assert.match(script, /^<script type="module" src="([^"]+)">$/, path);
      assert.ok(text.includes(script.replace(/^.*src=/, '<link rel="modulepreload" href=')), path);
    }
  }
});

test("errors reveal no internals", async () => {
  await mongoose.connection.close();
  for (const accept of ["text/html", "application/json"]) {
    const answer = await ask("/posts", { headers: { accept } });
    assert.equal(answer.status, 503);
    assert.doesNotMatch(answer.text, /Mongo|at .*:\d+:\d+|node_modules|\.js/);
  }
});

test("the mailbox is not available in production", async () => {
  for (const path of ["/dev/mailbox", "/dev/mailbox.json", `/dev/mailbox/${"a".repeat(24)}`, "/dev"])
    assert.equal((await ask(path)).status, 404, path);
});
