import "../../support/environment.js";
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { endpoints } from "../../../src/forms/api/index.js";
import { ApiToken } from "../../../src/models/api-token.js";
import { IdempotencyKey } from "../../../src/models/idempotency-key.js";
import { User } from "../../../src/models/user.js";
import { apiMember } from "../../support/api/users.js";
import { program } from "../../support/api.js";
import { withRole } from "../../support/users.js";

const wanted = { description: "Backup", scopes: ["account.read"], expiresInDays: 30 };
const withKey = (key: string) => ({ "idempotency-key": key });
const count = ({ id }: { id: string }) => ApiToken.countDocuments({ user: id });
const person = (username: string) => ({
  username,
  email: `${username}@example.org`,
  password: "sturdy-Gate-in-the-wall",
});

test("every call that creates something accepts an Idempotency-Key", () => {
  const creating = endpoints.filter(({ method, answers }) => method === "post" && "201" in answers);
  assert.ok(creating.length >= 4);
  assert.deepEqual(
    creating.filter(({ isIdempotent }) => !isIdempotent).map(({ path }) => path),
    [],
  );
});

test("a repeated request for a token gets the same answer with the same secret, and another body gives 422", async () => {
  const [ada, bob] = [await apiMember(), await apiMember()];
  const first = await ada.api.post("/tokens", wanted, withKey("one"));
  const again = await ada.api.post("/tokens", { ...wanted }, withKey("one"));
  assert.deepEqual([first.status, again.status], [201, 201]);
  assert.deepEqual(again.body, first.body);
  assert.equal(await count(ada), 1);
  const other = await ada.api.post("/tokens", { ...wanted, description: "Other" }, withKey("one"));
  assert.deepEqual([other.status, other.body.type], [422, "/problems/idempotency-key-reused"]);
  assert.notEqual((await bob.api.post("/tokens", wanted, withKey("one"))).body.token, first.body.token);
  assert.notEqual((await ada.api.post("/tokens", wanted, withKey("two"))).body.token, first.body.token);
  const stored = JSON.stringify(await IdempotencyKey.find().lean());
  assert.ok(!stored.includes(first.body.token) && !stored.includes("Backup"), "the answer is stored encrypted");
});

test("ten concurrent requests with the same Idempotency-Key create one token, and the others get 409", async () => {
  const ada = await apiMember();
  const answers = await Promise.all(Array.from({ length: 10 }, () => ada.api.post("/tokens", wanted, withKey("ten"))));
  assert.equal(await count(ada), 1);
  const made = answers.filter(({ status }) => status === 201);
  assert.equal(new Set(made.map(({ body }) => body.token)).size, 1);
  for (const { status, body, headers } of answers.filter((one) => !made.includes(one))) {
    assert.deepEqual([status, body.type], [409, "/problems/request-in-progress"]);
    assert.equal(headers.get("retry-after"), "1");
  }
});

test("a request that was interrupted after its write can be repeated and creates one token", async () => {
  const ada = await apiMember();
  const failing = mock.method(IdempotencyKey, "done", () => Promise.reject(new Error("killed")));
  await assert.rejects(ada.api.post("/tokens", wanted, withKey("broken")), /500/);
  failing.mock.restore();
  assert.equal((await ada.api.post("/tokens", wanted, withKey("broken"))).status, 409);
  const longAgo = new Date(Date.now() + 86_400_000 - 60_000);
  await IdempotencyKey.updateOne({ user: ada.id }, { $set: { expiresAt: longAgo } });
  const again = await ada.api.post("/tokens", wanted, withKey("broken"));
  assert.equal(again.status, 201);
  assert.equal((await program(again.body.token).get("/users/me")).status, 200);
  assert.equal(await count(ada), 1);
});

test("a refused request does not use up its Idempotency-Key", async () => {
  const ada = await apiMember();
  assert.equal((await ada.api.post("/tokens", { ...wanted, scopes: ["users.read"] }, withKey("wrong"))).status, 422);
  assert.equal(await IdempotencyKey.countDocuments({ user: ada.id }), 0);
  assert.equal((await ada.api.post("/tokens", wanted, withKey("wrong"))).status, 201);
  assert.equal((await ada.api.post("/tokens", wanted, withKey("two words"))).status, 400);
});

test("a repeated sign-up gets the same answer and creates one account", async () => {
  const [first, again] = [
    await program().post("/auth/register", person("repeated"), withKey("sign-up")),
    await program().post("/auth/register", person("repeated"), withKey("sign-up")),
  ];
  assert.equal(first.status, 201);
  assert.deepEqual([again.status, again.body], [201, first.body]);
  assert.equal(await User.countDocuments({ username: "repeated" }), 1);
  assert.equal((await program().post("/auth/register", person("another"), withKey("sign-up"))).status, 422);
  const stored = JSON.stringify(await IdempotencyKey.find({ user: null }).lean());
  assert.doesNotMatch(stored, /repeated|sturdy/);
});

test("a repeated call to create an account gets the same answer", async () => {
  const admin = await apiMember(await withRole("admin"));
  const [first, again] = [
    await admin.api.post("/users", person("made-once"), withKey("made")),
    await admin.api.post("/users", person("made-once"), withKey("made")),
  ];
  assert.deepEqual([first.status, again.status], [201, 201]);
  assert.deepEqual(again.body, first.body);
  assert.equal(again.headers.get("location"), first.headers.get("location"));
});
