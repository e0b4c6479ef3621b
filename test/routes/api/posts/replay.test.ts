import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { endpoints } from "../../../../src/forms/api/index.js";
import { apiMember, tokenFor, writing } from "../../../support/api/users.js";

test("a token without the read scope that repeats an Idempotency-Key gets only what it sent", async () => {
  const ada = await apiMember();
  const writer = await tokenFor(ada, "posts.write");
  const key = { "idempotency-key": "once" };
  const first = await writer.post("/posts", writing, key);
  assert.equal(first.status, 201);
  const secret = { title: "A secret", body: "Written *later*", visibility: "draft" };
  assert.equal((await ada.api.patch(`/posts/${first.body.id}`, secret)).status, 200);
  const again = await writer.post("/posts", writing, key);
  assert.equal(again.status, 201);
  assert.deepEqual({ ...again.body, publishedAt: "" }, { ...first.body, publishedAt: "" });
  assert.doesNotMatch(JSON.stringify(again.body), /secret|later|draft/);
  const reader = await tokenFor(ada, "posts.write", "posts.read");
  assert.equal((await reader.post("/posts", writing, key)).body.title, "A secret");
});

/** Calls whose response contains only what the client sent or created, or what their own scope can read. */
const withoutSecondScope = [
  "patch /users/me/notifications",
  "post /users",
  "patch /users/:id",
  "post /posts",
  "post /domains",
  "post /invitations",
  "post /invitations/:id/resend",
];

test("every call that returns more than the client sent needs the scope to read it", () => {
  const writes = endpoints.filter(({ method, scope, answers }) => {
    const shows = Object.values(answers).some((answer) => answer !== null);
    return method !== "get" && scope !== null && shows;
  });
  const open = writes.filter(({ reads }) => !reads).map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(open, withoutSecondScope);
});
