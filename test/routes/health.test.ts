import assert from "node:assert/strict";
import { test } from "node:test";
import mongoose from "mongoose";
import { member } from "../support/people.js";
import { visitor } from "../support/visitor.js";

test("the process is up, and the database answers", async () => {
  const up = await visitor().get("/healthz");
  assert.equal(up.status, 200);
  assert.deepEqual(JSON.parse(up.text), { status: "up" });
  assert.equal((await visitor().get("/readyz")).status, 200);
});

test("without a database the process is up but not ready, pages say come back, and no sign-in is lost", async () => {
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
  assert.ok(ada.cookies.has("sid"), "the session is not thrown away");
});
