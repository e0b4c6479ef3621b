import "../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { member, post } from "../support/users.js";
import { visitor } from "../support/visitor.js";

test("the home page shows a greeting and, if there are any, the three newest public posts", async () => {
  const empty = await visitor().get("/");
  assert.equal(empty.status, 200);
  assert.match(empty.text, /No posts yet/);
  const ada = await member();
  for (const n of [1, 2, 3, 4]) await post(ada, { title: `Number ${n}.` });
  await post(ada, { title: "For members.", visibility: "members" });
  for (const reader of [visitor(), ada]) {
    const { text } = await reader.get("/");
    for (const n of [2, 3, 4]) assert.ok(text.includes(`Number ${n}.`));
    assert.doesNotMatch(text, /Number 1\.|For members\./);
  }
});

test('the home page shows "Sign up" to visitors and "New post" to members', async () => {
  const outside = await visitor().get("/");
  assert.match(outside.text, /href="\/register"/);
  assert.doesNotMatch(outside.text, /Log out/);
  const inside = await (await member()).get("/");
  assert.match(inside.text, /href="\/posts\/new"/);
  assert.match(inside.text, /Log out/);
  assert.doesNotMatch(inside.text, /href="\/register"/);
});
