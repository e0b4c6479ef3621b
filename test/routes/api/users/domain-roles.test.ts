import "../../../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, mock, test } from "node:test";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { Membership } from "../../../../src/models/membership.js";
import { User } from "../../../../src/models/user.js";
import { type ApiMember, apiMember, tokenFor } from "../../../support/api/users.js";
import { account } from "../../../support/users/accounts.js";
import { domain } from "../../../support/users/domains.js";
import { withRole } from "../../../support/users.js";

let admin: ApiMember;
let club: Awaited<ReturnType<typeof domain>>;
before(async () => {
  admin = await apiMember(await withRole("admin"));
  club = await domain();
});
const at = ({ id }: { id: string }) => `/users/${id}/roles`;
const events = async ({ id }: { id: string }) => (await AuditEvent.listForUser(id)).events.map(({ event }) => event);

test("an admin grants a role in an organization, changes it and revokes it by its address", async () => {
  const bob = await account();
  const grant = { role: "editor", domain: club.slug };
  assert.deepEqual((await admin.api.post(at(bob), grant)).body.data, [grant]);
  assert.deepEqual((await admin.api.post(at(bob), grant)).body.data, [grant]);
  const member = { role: "user", domain: club.slug };
  assert.deepEqual((await admin.api.post(at(bob), member)).body.data, [member]);
  const other = await admin.api.delete(`${at(bob)}/editor?domain=${club.slug}`);
  assert.deepEqual(other.body.data, [member], "a role that the user doesn't have");
  const both = await Promise.all([0, 1].map(() => admin.api.delete(`${at(bob)}/user?domain=${club.slug}`)));
  for (const { status, body } of both) assert.deepEqual([status, body.data], [200, []]);
  assert.deepEqual((await events(bob)).slice(0, 3), [
    "domain.member-removed",
    "domain.role-changed",
    "domain.member-added",
  ]);
});

test("revoking a role spares a user who gets another role in the organization at this moment", async () => {
  const bob = await account();
  await admin.api.post(at(bob), { role: "user", domain: club.slug });
  const original = Membership.end;
  const held = mock.method(Membership, "end", async (...all: Parameters<typeof original>) => {
    held.mock.restore();
    await admin.api.post(at(bob), { role: "editor", domain: club.slug });
    return original(...all);
  });
  const answer = await admin.api.delete(`${at(bob)}/user?domain=${club.slug}`);
  assert.deepEqual(answer.body.data, [{ role: "editor", domain: club.slug }]);
  assert.deepEqual((await events(bob)).slice(0, 2), ["domain.role-changed", "domain.member-added"]);
});

test("a token gives only roles in an organization whose permissions the token has", async () => {
  const bob = await account();
  const byUser = await tokenFor(admin, "users.read", "users.roles", "domain.members");
  const byPlace = await tokenFor(admin, "domains.read", "domain.members");
  const give = (role: string) => [
    byUser.post(at(bob), { role, domain: club.slug }),
    byPlace.post(`/domains/${club.slug}/members`, { user: bob.username, role }),
  ];
  for (const role of ["admin", "editor"])
    for (const { status } of await Promise.all(give(role))) assert.equal(status, 403, role);
  assert.deepEqual((await admin.api.get(at(bob))).body.data, []);
  for (const { status } of await Promise.all(give("user"))) assert.ok(status < 300);
});

test("a body can name the organization too, and null is the whole site", async () => {
  const bob = await account();
  const grant = { role: "user", domain: club.slug };
  await admin.api.post(at(bob), grant);
  assert.deepEqual((await admin.api.delete(at(bob), grant)).body.data, []);
  assert.deepEqual((await admin.api.post(at(bob), { role: "editor", domain: null })).body.data, [
    { role: "editor", domain: null },
  ]);
  assert.deepEqual((await admin.api.delete(`${at(bob)}/editor`)).body.data, []);
  assert.deepEqual((await admin.api.delete(`${at(bob)}/editor`)).body.data, []);
});

test("a role in one organization leaves the same role elsewhere", async () => {
  const [bob, other] = [await account(), await domain()];
  for (const place of [null, club.slug, other.slug]) await admin.api.post(at(bob), { role: "editor", domain: place });
  const left = (await admin.api.delete(`${at(bob)}/editor?domain=${club.slug}`)).body.data;
  assert.deepEqual(left, [
    { role: "editor", domain: null },
    { role: "editor", domain: other.slug },
  ]);
});

describe("input that doesn't fit", () => {
  const bodies: [body: object, pointer: string][] = [
    [{ role: "user" }, "#/role"],
    [{ role: "superadmin", domain: "club-1" }, "#/role"],
    [{ role: "king", domain: "club-1" }, "#/role"],
    [{ role: "editor", domain: "nowhere" }, "#/domain"],
    [{ role: "editor", domain: "" }, "#/domain"],
    [{ role: "editor", domain: "x".repeat(41) }, "#/domain"],
    [{ role: "editor", domain: { $ne: "" } }, "#/domain"],
    [{ role: "editor", place: "club-1" }, "#/place"],
  ];
  for (const [body, pointer] of bodies) {
    test(`${JSON.stringify(body)}: 422`, async () => {
      const bob = await account();
      for (const ask of [admin.api.post, admin.api.delete]) {
        const answer = await ask(at(bob), body as Record<string, unknown>);
        assert.equal(answer.status, 422);
        assert.equal(answer.body.errors[0].pointer, pointer);
      }
    });
  }

  test("in the address: 422 or 404", async () => {
    const bob = await account();
    const cases = {
      user: 422,
      "superadmin?domain=club-1": 422,
      "editor?domain=nowhere": 422,
      "editor?domain=": 422,
      "editor?site=1": 422,
      king: 404,
      __proto__: 404,
    };
    for (const [path, status] of Object.entries(cases))
      assert.equal((await admin.api.delete(`${at(bob)}/${path}`)).status, status, path);
    assert.equal((await admin.api.delete(`/users/${"0".repeat(24)}/roles/editor`)).status, 404);
  });
});

test("a disabled or unconfirmed user gets no role in an organization", async () => {
  const [bob, eve] = [await account(), await account()];
  await (await User.findById(bob.id).orFail()).disable();
  await User.updateOne({ _id: eve.id }, { $set: { emailConfirmedAt: null } });
  for (const user of [bob, eve])
    assert.equal((await admin.api.post(at(user), { role: "user", domain: club.slug })).status, 409);
});

test("a token needs the scope for members of organizations, and a login must be recent", async () => {
  const bob = await account();
  const grant = { role: "user", domain: club.slug };
  const robot = await tokenFor(admin, "users.roles", "users.read");
  const refused = await robot.post(at(bob), grant);
  assert.equal(refused.status, 403);
  assert.match(refused.headers.get("www-authenticate") ?? "", /scope="domain.members"/);
  const able = await tokenFor(admin, "users.roles", "users.read", "domain.members");
  assert.equal((await able.post(at(bob), grant)).status, 200);
});

test("the admin of one organization manages its members elsewhere, not here", async () => {
  const local = await apiMember(await withRole("admin", club.id));
  const bob = await account();
  assert.equal((await local.api.post(at(bob), { role: "user", domain: club.slug })).status, 403);
  assert.equal((await local.api.delete(`${at(bob)}/user?domain=${club.slug}`)).status, 403);
});

test("an admin lists the API tokens of a user, without their secrets", async () => {
  const bob = await apiMember();
  const made = await bob.api.post("/tokens", { description: "Backup", scopes: ["posts.read"], expiresInDays: 30 });
  assert.equal(made.status, 201);
  const { status, body } = await admin.api.get(`/users/${bob.id}/tokens`);
  assert.equal(status, 200);
  const { token: secret, ...rest } = made.body;
  assert.deepEqual(body.data, [rest]);
  assert.equal(JSON.stringify(body).includes(secret), false);
  assert.doesNotMatch(JSON.stringify(body), /hash|salt|slot/);
  assert.equal((await admin.api.get(`/users/${"0".repeat(24)}/tokens`)).status, 404);
  const robot = await tokenFor(admin, "users.roles");
  assert.equal((await robot.get(`/users/${bob.id}/tokens`)).status, 403);
});
