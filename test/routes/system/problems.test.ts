import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { problemKinds, problemNames } from "../../../src/definitions/problems.js";
import { program } from "../../support/api.js";
import { member } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";

test("every kind of error has a page with its meaning, what to do, and an example", async () => {
  for (const name of problemNames) {
    const { status, text } = await visitor().get(`/problems/${name}`);
    assert.equal(status, 200, name);
    assert.ok(text.includes(`/problems/${name}`), name);
    assert.match(text, /What to do/);
    const [, code = ""] = /<pre[^>]*><code>(.*?)<\/code>/s.exec(text) ?? [];
    const example = JSON.parse(code.replaceAll("&#34;", '"').replaceAll("&#39;", "'")) as Record<string, unknown>;
    assert.deepEqual([example.type, example.status], [`/problems/${name}`, problemKinds[name].status]);
  }
  for (const name of ["nothing", "__proto__", "constructor", "toString", "Not-Found"])
    assert.equal((await visitor().get(`/problems/${name}`)).status, 404, name);
});

test("the list of errors leads to each page, and the API page leads to the list", async () => {
  const { text } = await visitor().get("/problems");
  for (const name of problemNames) assert.ok(text.includes(`href="/problems/${name}"`), name);
  assert.match((await visitor().get("/apidocs")).text, /href="\/problems"/);
});

test("the type of an error document is the address of the page that explains it", async () => {
  const { body } = await program().get("/users/me");
  assert.equal(body.type, "/problems/not-authenticated");
  assert.equal((await visitor().get(body.type)).status, 200);
  const wrong = { username: "nobody-here", password: "wrong" };
  assert.equal((await program().post("/auth/login", wrong)).body.type, "/problems/wrong-credentials");
  assert.equal((await program().post("/auth/login", {})).body.type, "/problems/validation-failed");
  assert.equal((await program().call("PUT", "/users/me")).body.type, "/problems/method-not-allowed");
  const page = await visitor().get("/nothing", { accept: "application/json" });
  assert.equal(JSON.parse(page.text).type, "/problems/not-found");
});

test("JSON at the pages for logging in and out is refused, and the answer names the call of the API", async () => {
  const ada = await member();
  const body = JSON.stringify({ login: ada.username, password: ada.password });
  const headers = { "content-type": "application/json", accept: "*/*" };
  for (const [path, call] of [
    ["/login", "POST /api/v1/auth/login"],
    ["/logout", "POST /api/v1/auth/logout"],
    ["/register", "POST /api/v1/auth/register"],
  ] as const) {
    const { status, text, headers: given } = await ada.request(path, { method: "POST", body, headers });
    assert.equal(status, 415, path);
    const { type, detail } = JSON.parse(text) as { type: string; detail: string };
    assert.equal(type, "/problems/unsupported-media-type");
    assert.ok(detail.includes(call) && detail.includes("/apidocs"), detail);
    assert.match(given.get("link") ?? "", /<\/apidocs>; rel="service-doc"/);
  }
  for (const browser of [ada, visitor()]) {
    const { status, text } = await browser.get("/dashboard", { accept: "application/json" });
    assert.equal(status, 406);
    assert.match(text, /GET \/api\/v1\/users\/me.*\/apidocs/);
  }
  assert.equal((await ada.get("/dashboard")).status, 200, "the session is still there");
});
