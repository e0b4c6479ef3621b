import assert from "node:assert/strict";
import { test } from "node:test";
import mongoose from "mongoose";
import { ways } from "../../support/database/stuck.js";
import { until } from "../../support/until.js";
import { member } from "../../support/users.js";
import { readToken, visitor } from "../../support/visitor.js";

test("with a working database, /healthz and /readyz give 200", async () => {
  const up = await visitor().get("/healthz");
  assert.equal(up.status, 200);
  assert.deepEqual(JSON.parse(up.text), { status: "up" });
  assert.equal((await visitor().get("/readyz")).status, 200);
});

const json = { "content-type": "application/json" };
const credentials = JSON.stringify({ username: "ada", password: "sturdy-Gate-in-the-wall" });

for (const [way, stick] of Object.entries(ways)) {
  test(`when ${way}, the app is not ready, pages give 503, and everything works again soon afterwards`, {
    timeout: 30_000,
  }, async () => {
    const ada = await member();
    const _csrf = readToken((await ada.get("/posts/new")).text);
    const release = stick();
    try {
      const asked = [
        ...Array.from({ length: 10 }, () => ada.get("/dashboard")),
        ...Array.from({ length: 5 }, () => visitor().get("/posts")),
        ada.send("/posts", { _csrf, title: "a", body: "b", visibility: "draft" }),
        visitor().submit("/login", { login: "ada", password: "sturdy-Gate-in-the-wall" }),
        visitor().request("/api/v1/auth/login", { method: "POST", headers: json, body: credentials }),
      ];
      assert.equal((await visitor().get("/readyz")).status, 503);
      assert.equal((await visitor().get("/healthz")).status, 200);
      for (const page of await Promise.all(asked)) {
        assert.equal(page.status, 503, page.text);
        assert.match(page.headers.get("retry-after") ?? "", /^\d+$/);
      }
      assert.equal((await visitor().get("/readyz")).status, 503);
    } finally {
      release();
    }
    await until("ready again", async () => (await visitor().get("/readyz")).status === 200);
    assert.equal((await ada.get("/dashboard")).status, 200);
    assert.equal((await visitor().get("/posts")).status, 200);
  });
}

test("without a database, the app is up but not ready, pages give 503, and no session is lost", async () => {
  const ada = await member();
  await mongoose.connection.close();
  assert.equal((await visitor().get("/healthz")).status, 200);
  const ready = await visitor().get("/readyz");
  assert.equal(ready.status, 503);
  assert.deepEqual(JSON.parse(ready.text), { status: "database unreachable" });
  for (const page of [
    await visitor().get("/posts"),
    await ada.get("/dashboard"),
    await visitor().submit("/login", { login: "a", password: "b" }),
  ]) {
    assert.equal(page.status, 503, page.text);
    assert.match(page.headers.get("retry-after") ?? "", /^\d+$/);
    assert.doesNotMatch(page.text, /Mongo|node_modules|\/src\//);
  }
  assert.ok(ada.cookies.has("sid"), "the browser keeps its session cookie");
});
