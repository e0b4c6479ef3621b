import "../../../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Types } from "mongoose";
import { listUsers } from "../../../../src/models/user/search/list.js";
import { User } from "../../../../src/models/user.js";
import { type ApiMember, apiMember } from "../../../support/api/users.js";
import { explained } from "../../../support/database/explained.js";
import { account } from "../../../support/users/accounts.js";
import { withRole } from "../../../support/users.js";

let admin: ApiMember;
before(async () => {
  admin = await apiMember(await withRole("admin"));
});

type Listed = { id: string; updatedAt: string };
const setTime = (id: string, updatedAt: Date) =>
  User.collection.updateOne({ _id: new Types.ObjectId(id) }, { $set: { updatedAt } });

/** Reads all pages of the accounts that changed since a time. */
async function follow(since: string, more = ""): Promise<Listed[]> {
  const seen: Listed[] = [];
  let path: string | null = `/users?limit=2&updated_since=${encodeURIComponent(since)}${more}`;
  const first = path;
  while (path) {
    const { status, body } = await admin.api.get(path);
    assert.equal(status, 200, JSON.stringify(body));
    seen.push(...body.data);
    path = body.next && `${first}&cursor=${body.next}`;
  }
  return seen;
}

test("a program that follows changes gets each changed account once, in the order of the changes", async () => {
  const people = await Promise.all(Array.from({ length: 5 }, () => account()));
  const at = new Date("2030-05-01T10:00:00Z");
  const later = new Date("2030-05-01T10:00:01Z");
  for (const [n, { id }] of people.entries()) await setTime(id, n < 3 ? later : at); // several at one time
  const since = "2030-05-01T12:00:00+02:00";
  const found = await follow(since);
  const ids = (some: typeof people) => some.map(({ id }) => id).sort();
  assert.deepEqual(
    found.map(({ id }) => id),
    [...ids(people.slice(3)), ...ids(people.slice(0, 3))],
  );
  assert.equal(found[0]?.updatedAt, at.toISOString());
  assert.deepEqual(
    (await follow(later.toISOString())).map(({ id }) => id),
    ids(people.slice(0, 3)),
  );
  assert.deepEqual(await follow(since, "&state=disabled"), []);
  assert.equal((await follow(since, "&state=active")).length, 5);
  assert.deepEqual(await follow("2031-01-01T00:00:00Z"), []);
});

test("a change of the account appears, a login doesn't", async () => {
  const ada = await apiMember();
  const [{ updatedAt }] = [(await admin.api.get(`/users/${ada.id}`)).body];
  assert.equal((await admin.api.get(`/users/${ada.id}`)).body.updatedAt, updatedAt);
  await ada.api.post("/auth/login", { username: ada.username, password: ada.password });
  assert.equal((await admin.api.get(`/users/${ada.id}`)).body.updatedAt, updatedAt);
  const changed = await ada.api.patch("/users/me", { firstName: "Ada" });
  assert.ok(changed.body.updatedAt > updatedAt);
  const since = new Date(Date.parse(updatedAt) + 1).toISOString();
  assert.ok((await follow(since)).some(({ id }) => id === ada.id));
});

test("another order, or a cursor of another list, is refused", async () => {
  const since = "updated_since=2026-01-01T00:00:00Z";
  const refused = await admin.api.get(`/users?${since}&sort=newest`);
  assert.equal(refused.status, 422);
  assert.equal(refused.body.errors[0].parameter, "sort");
  const { next } = (await admin.api.get("/users?limit=1")).body;
  assert.equal((await admin.api.get(`/users?${since}&cursor=${next}`)).status, 422);
  const own = (await admin.api.get(`/users?${since}&limit=1`)).body.next;
  assert.equal((await admin.api.get(`/users?cursor=${own}`)).status, 422);
});

test("changes are found through the index, without sorting", async () => {
  const many = Array.from({ length: 1_500 }, (_, n) => ({
    username: `sync-${n}`,
    email: `sync-${n}@example.org`,
    updatedAt: new Date(Date.UTC(2040, 0, 1) + n),
    createdAt: new Date(),
  }));
  await User.collection.insertMany(many);
  const updatedSince = new Date(Date.UTC(2040, 0, 1));
  const question = { words: [], sort: "updated" as const, updatedSince };
  const plans = await explained(() => listUsers(question, "", { size: 20 }));
  for (const plan of plans) {
    assert.ok(!plan.stages.has("COLLSCAN") && !plan.stages.has("SORT"), plan.command);
    assert.ok(plan.examined <= 21, `${plan.examined} documents: ${plan.command}`);
    assert.ok(plan.keys <= 1_002, `${plan.keys} keys: ${plan.command}`);
  }
});
