import "../../../support/environment.js";
import assert from "node:assert/strict";
import { EventEmitter, once as eventOnce } from "node:events";
import { mock, test } from "node:test";
import { Types } from "mongoose";
import { systemActor } from "../../../../src/actor.js";
import { dropExpired } from "../../../../src/models/cleanup.js";
import { IdempotencyKey } from "../../../../src/models/idempotency-key.js";
import { Post } from "../../../../src/models/post.js";
import { User } from "../../../../src/models/user.js";
import { deleteDueAccounts } from "../../../../src/services/account/deletion.js";
import { type ApiMember, apiMember, apiPost, writing } from "../../../support/api/users.js";

const MINUTES = 60_000;
const DAYS = 86_400_000;
const withKey = (key: string) => ({ "idempotency-key": key });
const once = ({ api }: ApiMember, key: string, fields: object = {}) =>
  api.post("/posts", { ...writing, ...fields }, withKey(key));
const count = ({ id }: ApiMember) => Post.countDocuments({ author: id });
const listKeys = ({ id }: ApiMember) => IdempotencyKey.countDocuments({ user: id });

test("an Idempotency-Key creates one post per user, and gives 422 with another body", async () => {
  const [ada, bob] = [await apiMember(), await apiMember()];
  const first = await once(ada, "one");
  const again = await once(ada, "one");
  assert.deepEqual([first.status, again.status], [201, 201]);
  assert.deepEqual(again.body, first.body);
  assert.equal(again.headers.get("location"), first.headers.get("location"));
  for (const fields of [{ title: "Another" }, { body: "Another" }, { visibility: "draft" }])
    assert.equal((await once(ada, "one", fields)).status, 422);
  assert.equal(await count(ada), 1);
  assert.notEqual((await once(bob, "one")).body.id, first.body.id);
  assert.notEqual((await once(ada, "two")).body.id, first.body.id);
  await ada.api.delete(`/posts/${first.body.id}`);
  assert.equal((await once(ada, "one")).status, 409, "a deleted post is not created again");
});

test("ten concurrent requests with the same Idempotency-Key create one post, and the others get 409", async () => {
  const ada = await apiMember();
  const answers = await Promise.all(Array.from({ length: 10 }, () => once(ada, "ten")));
  assert.equal(await count(ada), 1);
  const made = answers.filter(({ status }) => status === 201);
  assert.ok(made.length >= 1);
  assert.equal(new Set(made.map(({ body }) => body.id)).size, 1);
  for (const { status, headers } of answers.filter((one) => !made.includes(one))) {
    assert.equal(status, 409);
    assert.equal(headers.get("retry-after"), "1");
  }
  assert.equal((await once(ada, "ten")).body.id, made[0]?.body.id);
  assert.equal((await User.findById(ada.id).orFail()).postCount, 1);
});

test("a request repeated while the first one is running gets 409, and later the response of the first one", {
  timeout: 30_000,
}, async () => {
  const ada = await apiMember();
  const { write } = Post;
  const gate = new EventEmitter();
  const [begun, opened] = [eventOnce(gate, "begun"), eventOnce(gate, "opened")];
  const slow = mock.method(Post, "write", async (...args: Parameters<typeof write>) => {
    gate.emit("begun");
    await opened;
    return write(...args);
  });
  const first = once(ada, "slow");
  await begun;
  assert.equal((await once(ada, "slow")).status, 409);
  assert.equal((await once(ada, "slow", { title: "Another" })).status, 422);
  gate.emit("opened");
  const { body } = await first;
  slow.mock.restore();
  assert.equal((await once(ada, "slow")).body.id, body.id);
});

for (const moment of ["before", "after"] as const) {
  test(`a request that failed ${moment} its write can be repeated and creates one post`, async () => {
    const ada = await apiMember();
    const { write } = Post;
    const failing = mock.method(Post, "write", async (...args: Parameters<typeof write>) => {
      if (moment === "after") await write(...args);
      throw new Error("killed");
    });
    const broken = await findFault(() => once(ada, "broken"));
    failing.mock.restore();
    assert.equal(broken, 500);
    await IdempotencyKey.updateOne({ user: ada.id }, { $set: { expiresAt: new Date(Date.now() + DAYS - MINUTES) } });
    const again = await Promise.all([1, 2, 3].map(() => once(ada, "broken")));
    assert.equal(again[0]?.status, 201);
    assert.equal(new Set(again.map(({ body }) => body.id)).size, 1);
    assert.equal(await count(ada), 1);
  });
}

test("a request that fails validation does not use up its Idempotency-Key", async () => {
  const ada = await apiMember();
  assert.equal((await once(ada, "wrong", { title: "" })).status, 422);
  assert.equal((await once(ada, "wrong", { visibility: "domain", domain: "nowhere" })).status, 422);
  assert.equal(await listKeys(ada), 0);
  assert.equal((await once(ada, "wrong")).status, 201);
});

test("a malformed Idempotency-Key gives an error, and nothing is created", async () => {
  const ada = await apiMember();
  for (const key of ["", "two words", "a".repeat(256), "ü"]) assert.equal((await once(ada, key)).status, 400, key);
  assert.equal(await count(ada), 0);
  for (const key of ["a".repeat(255), "__proto__", '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "$ne"])
    assert.equal((await once(ada, key)).status, 201, key);
});

test("an Idempotency-Key expires after a day, even before the sweep deletes it", async () => {
  const ada = await apiMember();
  const first = await once(ada, "old");
  const kept = await IdempotencyKey.findOne({ user: ada.id }).orFail();
  assert.ok(Math.abs(kept.expiresAt.getTime() - Date.now() - DAYS) < MINUTES);
  await IdempotencyKey.updateOne({ user: ada.id }, { $set: { expiresAt: new Date() } });
  const second = await once(ada, "old", { title: "Another" });
  assert.equal(second.status, 201);
  assert.notEqual(second.body.id, first.body.id);
  await dropExpired(new Date(Date.now() + 2 * DAYS));
  assert.equal(await listKeys(ada), 0);
});

test("deleting an account deletes its Idempotency-Keys", async () => {
  const ada = await apiMember();
  await once(ada, "mine");
  assert.equal(await listKeys(ada), 1);
  await ada.submit("/account/deletion", { currentPassword: ada.password });
  const dueAt = Date.now() + 15 * DAYS;
  for (const at of [dueAt, dueAt + 5 * MINUTES]) await deleteDueAccounts(systemActor, new Date(at));
  assert.equal(await User.countDocuments({ _id: ada.id }), 0);
  assert.equal(await listKeys(ada), 0);
});

test("of two concurrent changes with the same ETag, one gets 412", async () => {
  const ada = await apiMember();
  for (let round = 0; round < 10; round += 1) {
    const { id, tag } = await apiPost(ada);
    const write = (title: string) => ada.api.patch(`/posts/${id}`, { title }, { "if-match": tag });
    const answers = await Promise.all([write("First"), write("Second")]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 412]);
    const winner = answers.find(({ status }) => status === 200);
    assert.equal((await ada.api.get(`/posts/${id}`)).body.title, winner?.body.title);
  }
});

test("if a post is changed and deleted at once with the same ETag, only one succeeds", async () => {
  const ada = await apiMember();
  for (let round = 0; round < 10; round += 1) {
    const { id, tag } = await apiPost(ada);
    const change = ada.api.patch(`/posts/${id}`, { title: "Changed" }, { "if-match": tag });
    const removal = ada.api.delete(`/posts/${id}`, undefined, { "if-match": tag });
    const [changed, removed] = [(await change).status, (await removal).status];
    assert.ok(
      changed === 200 ? removed === 412 : removed === 204 && [404, 412].includes(changed),
      `${changed} ${removed}`,
    );
    assert.equal(await Post.countDocuments({ _id: id }), changed === 200 ? 1 : 0);
  }
});

for (const verb of ["revise", "remove"] as const) {
  test(`a change between the check of the ETag and the write gives 412 (${verb})`, async () => {
    const ada = await apiMember();
    const { id, tag } = await apiPost(ada);
    const { revise } = Post;
    const act = Post[verb] as (...args: unknown[]) => Promise<unknown>;
    const late = mock.method(Post, verb, async (...args: unknown[]) => {
      await revise(new Types.ObjectId(id), (now) => ({ ...now, title: "Meanwhile" }));
      return act(...args);
    });
    const { status } = await (verb === "revise"
      ? ada.api.patch(`/posts/${id}`, { title: "Late" }, { "if-match": tag })
      : ada.api.delete(`/posts/${id}`, undefined, { "if-match": tag }));
    late.mock.restore();
    assert.equal(status, 412);
    assert.equal((await ada.api.get(`/posts/${id}`)).body.title, "Meanwhile");
  });
}

test('If-Match accepts the current ETag, also in a list or weak, and "*"; any other ETag gives 412', async () => {
  const ada = await apiMember();
  const { id, tag } = await apiPost(ada);
  const next = await ada.api.patch(`/posts/${id}`, { title: "Next" }, { "if-match": tag });
  assert.equal(next.status, 200);
  const current = next.headers.get("etag") ?? "";
  for (const wrong of [tag, '"x"', "x", '""', `W/${tag}`]) {
    assert.equal((await ada.api.patch(`/posts/${id}`, { title: "No" }, { "if-match": wrong })).status, 412, wrong);
    assert.equal((await ada.api.delete(`/posts/${id}`, undefined, { "if-match": wrong })).status, 412, wrong);
  }
  assert.equal((await ada.api.get(`/posts/${id}`)).body.title, "Next");
  const some = await ada.api.patch(`/posts/${id}`, { title: "Yes" }, { "if-match": `"x", ${current}` });
  assert.equal(some.status, 200);
  const weak = `W/${some.headers.get("etag")}`;
  assert.equal((await ada.api.patch(`/posts/${id}`, { title: "Weak" }, { "if-match": weak })).status, 200);
  assert.equal((await ada.api.patch(`/posts/${id}`, { title: "Any" }, { "if-match": "*" })).status, 200);
  assert.equal((await ada.api.delete(`/posts/${id}`, undefined, { "if-match": "*" })).status, 204);
  assert.equal((await ada.api.delete(`/posts/${id}`, undefined, { "if-match": "*" })).status, 404);
});

/** Returns the status of a server error, which the helper reports because the document does not contain it. */
async function findFault(ask: () => Promise<unknown>): Promise<number> {
  const failed = await ask().then(
    () => null,
    (error: Error) => error,
  );
  return Number(/: (\d{3}) /.exec(failed?.message ?? "")?.[1]);
}
