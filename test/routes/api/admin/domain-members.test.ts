import "../../../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { User } from "../../../../src/models/user.js";
import { type ApiMember, apiMember, tokenFor } from "../../../support/api/users.js";
import { account } from "../../../support/users/accounts.js";
import { domain } from "../../../support/users/domains.js";
import { signedUp, withRole } from "../../../support/users.js";

type Place = Awaited<ReturnType<typeof domain>>;
let club: Place;
let boss: ApiMember;
let root: ApiMember;
const members = () => `/domains/${club.slug}/members`;
const rolesOf = async (id: string) => (await User.findById(id).orFail()).roles.map(({ role }) => role);
before(async () => {
  club = await domain();
  boss = await apiMember(await withRole("admin", club.id));
  root = await apiMember(await withRole("admin"));
});

test("an admin of an organization adds a member, changes the role and removes the member", async () => {
  const ada = await account();
  const added = await boss.api.post(members(), { user: ada.username, role: "user" });
  assert.deepEqual([added.status, added.body], [201, { id: ada.id, username: ada.username, role: "user" }]);
  assert.equal((await boss.api.post(members(), { user: ada.username, role: "user" })).status, 200);
  const changed = await boss.api.patch(`${members()}/${ada.id}`, { role: "editor" });
  assert.deepEqual([changed.status, changed.body.role], [200, "editor"]);
  assert.deepEqual(await rolesOf(ada.id), ["editor"]);
  const { data } = (await boss.api.get(members())).body;
  assert.ok(data.some(({ id, role }: { id: string; role: string }) => id === ada.id && role === "editor"));
  assert.equal((await boss.api.delete(`${members()}/${ada.id}`)).status, 204);
  assert.equal((await boss.api.delete(`${members()}/${ada.id}`)).status, 404);
  assert.equal((await boss.api.patch(`${members()}/${ada.id}`, { role: "user" })).status, 404);
  assert.deepEqual(await rolesOf(ada.id), []);
});

test("each wrong field of a member is named", async () => {
  const { username } = await account();
  const unconfirmed = await signedUp();
  const wrong: [Record<string, unknown>, string[]][] = [
    [{}, ["#/user", "#/role"]],
    [{ user: "", role: "user" }, ["#/user"]],
    [{ user: "nobody-here", role: "user" }, ["#/user"]],
    [{ user: unconfirmed.username, role: "user" }, ["#/user"]],
    [{ user: { $ne: null }, role: "user" }, ["#/user"]],
    [{ user: username, role: "superadmin" }, ["#/role"]],
    [{ user: username, role: ["user"] }, ["#/role"]],
    [{ user: username, role: "user", domain: "other" }, ["#/domain"]],
  ];
  for (const [body, places] of wrong) {
    const { status, body: problem } = await boss.api.post(members(), body);
    assert.equal(status, 422, JSON.stringify(body));
    assert.deepEqual(
      problem.errors.map(({ pointer }: { pointer: string }) => pointer),
      places,
    );
  }
  const { id } = await account();
  assert.equal((await boss.api.patch(`${members()}/${id}`, { role: "king" })).status, 422);
  for (const odd of ["x", "0".repeat(23), "[object Object]"])
    assert.equal((await boss.api.delete(`${members()}/${encodeURIComponent(odd)}`)).status, 404, odd);
});

test("only site admins find users by email, and nobody else learns who has an account", async () => {
  const ada = await account();
  for (const user of [ada.email, "nobody@example.org"]) {
    const { status, body } = await boss.api.post(members(), { user, role: "user" });
    assert.deepEqual([status, body.errors[0].detail.includes("Only site admins")], [422, true], user);
  }
  assert.equal((await root.api.post(members(), { user: ada.email, role: "user" })).status, 201);
  const robot = await tokenFor(root, "domains.read", "domain.members");
  assert.equal((await robot.post(members(), { user: ada.email, role: "user" })).status, 422, "without users.read");
});

test("members see the other members except disabled ones, whom their admins see", async () => {
  const place = await domain();
  const admin = await apiMember(await withRole("admin", place.id));
  const ada = await apiMember(await withRole("user", place.id));
  const gone = await account();
  await root.api.post(`/domains/${place.slug}/members`, { user: gone.username, role: "user" });
  await (await User.findById(gone.id).orFail()).disable();
  const list = async ({ api }: ApiMember) => (await api.get(`/domains/${place.slug}/members`)).body;
  assert.deepEqual([(await list(ada)).total, (await list(ada)).data.length], [2, 2]);
  assert.deepEqual([(await list(admin)).total, (await list(admin)).data.length], [3, 3]);
  const changed = await admin.api.patch(`/domains/${place.slug}/members/${gone.id}`, { role: "editor" });
  assert.equal(changed.status, 409);
  const first = (await admin.api.get(`/domains/${place.slug}/members?limit=1`)).body;
  const second = (await admin.api.get(`/domains/${place.slug}/members?limit=1&cursor=${first.next}`)).body;
  const byNumber = (await admin.api.get(`/domains/${place.slug}/members?limit=1&page=2`)).body;
  assert.deepEqual(second.data, byNumber.data);
  assert.notDeepEqual(first.data, second.data);
});

test("a user leaves an organization, once; its admins and outsiders cannot", async () => {
  const ada = await apiMember(await withRole("editor", club.id));
  assert.equal((await ada.api.delete(`${members()}/me`)).status, 204);
  assert.equal((await ada.api.delete(`${members()}/me`)).status, 404);
  assert.equal((await ada.api.get(members())).status, 404);
  assert.equal((await boss.api.delete(`${members()}/me`)).status, 403);
  const bob = await apiMember(await withRole("user", club.id));
  const robot = await tokenFor(bob, "domains.read", "account.edit");
  assert.equal((await robot.delete(`${members()}/me`)).status, 403, "needs a login");
});

test("a change of the role does not bring back a member who is removed at the same time", async () => {
  for (let n = 0; n < 10; n += 1) {
    const ada = await account();
    await boss.api.post(members(), { user: ada.username, role: "user" });
    const path = `${members()}/${ada.id}`;
    const [changed, removed] = await Promise.all([boss.api.patch(path, { role: "editor" }), boss.api.delete(path)]);
    assert.ok([200, 404].includes(changed.status), String(changed.status));
    assert.equal(removed.status, 204);
    assert.deepEqual(await rolesOf(ada.id), []);
  }
});

test("of twenty requests that add the same member at once, one adds", async () => {
  const ada = await account();
  const all = Array.from({ length: 20 }, () => boss.api.post(members(), { user: ada.username, role: "user" }));
  const statuses = (await Promise.all(all)).map(({ status }) => status).sort();
  assert.deepEqual(statuses, [...Array(19).fill(200), 201]);
  assert.deepEqual(await rolesOf(ada.id), ["user"]);
});
