import "../../support/environment.js";
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import mongoose from "mongoose";
import { ensureIndexes } from "../../../src/database/indexes.js";
import { withRole } from "../../support/users.js";

const readTime = (text: string) => /Checked\s+<time datetime="([^"]+)"/.exec(text)?.[1];

test("superadmins see the findings of all checks, each with its reason and its remedy", async () => {
  const posts = mongoose.connection.collection("posts");
  await posts.createIndex({ planted: 1 }, { name: "planted" });
  const boss = await withRole("superadmin");
  const { status, text } = await boss.get("/admin/health");
  assert.equal(status, 200);
  assert.equal(text.match(/<section class="health-check"/g)?.length, 13);
  assert.match(text, /<strong>Warning<\/strong> Unknown: posts\.planted/);
  assert.match(text, /Each index takes space/);
  assert.match(text, /What to do:<\/strong> If you did not create it .* db\.posts\.dropIndex\(&#34;planted&#34;\)/);
  assert.match(text, /<strong>Warning<\/strong> Rate limits are off/);
  if (/<strong>Warning<\/strong> Node/.test(text)) assert.match(text, /run <code>npm ci<\/code>, and restart/);
  assert.match(text, /<strong>OK<\/strong> The clock agrees/);
  assert.match(text, /<strong>Not checked<\/strong> The mail server/);
  assert.doesNotMatch(text, /undefined|\[object/);

  await posts.dropIndex("planted");
  await ensureIndexes();
  const again = await boss.get("/admin/health");
  assert.equal(readTime(again.text), readTime(text), "within a minute, all requests share one report");
  assert.match(again.text, /Unknown: posts\.planted/);
  mock.timers.enable({ apis: ["Date"], now: Date.now() + 61_000 });
  const later = await boss.get("/admin/health");
  mock.timers.reset();
  assert.notEqual(readTime(later.text), readTime(text));
  assert.doesNotMatch(later.text, /posts\.planted/);
});

test("only superadmins see the page and its link", async () => {
  const admin = await withRole("admin");
  assert.equal((await admin.get("/admin/health")).status, 403);
  assert.doesNotMatch((await admin.get("/admin")).text, /\/admin\/health/);
  const boss = await withRole("superadmin");
  assert.match((await boss.get("/admin")).text, /<a href="\/admin\/health">Health<\/a>/);
  assert.match((await boss.get("/admin/health")).text, /<a href="\/admin\/health" aria-current="page">Health<\/a>/);
});
