import "../../../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Types } from "mongoose";
import { systemActor } from "../../../../src/actor.js";
import type { Scope } from "../../../../src/definitions/scopes.js";
import { ApiSession } from "../../../../src/models/api-session.js";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { User } from "../../../../src/models/user.js";
import { deleteDueAccounts, dropAbandonedSignUps } from "../../../../src/services/account/deletion.js";
import { type ApiMember, apiMember, tokenFor } from "../../../support/api/users.js";
import { loggedIn, program } from "../../../support/api.js";
import { linkIn, mailAbout } from "../../../support/mailbox.js";
import { newPerson, withRole } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

const NOBODY = "0".repeat(24);
const lead = async (role: Parameters<typeof withRole>[0]) => apiMember(await withRole(role));
const at = ({ id }: { id: string }) => `/users/${id}`;
const getTag = ({ headers }: { headers: Headers }) => headers.get("etag") ?? "";
const events = async ({ id }: { id: string }) => (await AuditEvent.listForUser(id)).events.map(({ event }) => event);

let admin: ApiMember;
let boss: ApiMember;
let ada: ApiMember;
before(async () => {
  [admin, boss, ada] = [await lead("admin"), await lead("superadmin"), await apiMember()];
});

test("following the cursor of the user list returns every user once", async () => {
  const total = (await admin.api.get("/users?limit=1")).body.total;
  const seen = new Set<string>();
  let path = "/users?limit=2&fields=id,username&sort=oldest";
  for (let n = 0; n < 50 && path; n += 1) {
    const { body, headers } = await admin.api.get(path);
    for (const { id } of body.data) seen.add(id);
    assert.equal(body.limit, 2);
    assert.match(headers.get("link") ?? "", /rel="first"/);
    path = body.next ? `/users?limit=2&sort=oldest&fields=id&cursor=${body.next}` : "";
  }
  assert.equal(seen.size, await User.countDocuments());
  assert.equal(seen.size, total);
  const found = await admin.api.get(`/users?q=${ada.username}`);
  assert.deepEqual(
    found.body.data.map(({ username }: { username: string }) => username),
    [ada.username],
  );
  assert.equal((await admin.api.get("/users?role=admin&state=active")).body.data[0].username, admin.username);
});

test("an admin finds the accounts without a second factor", async () => {
  const find = async (query: string) =>
    (await admin.api.get(`/users?q=${ada.username}${query}`)).body.data.map(({ id }: { id: string }) => id);
  assert.deepEqual(await find("&factor=none"), [ada.id]);
  await User.updateOne({ _id: ada.id }, { authenticator: { key: "sealed", addedAt: new Date() } });
  assert.deepEqual([await find("&factor=none"), await find("")], [[], [ada.id]]);
  await User.updateOne({ _id: ada.id }, { authenticator: null });
});

test("an invalid query for users gives 422", async () => {
  for (const query of [
    "sort=salary",
    "state=dead",
    "role=king",
    "factor=some",
    "fields=passwordHash",
    "page=9999",
    "limit=100&page=11",
    "cursor=x",
    "cursor=7",
    "cursor=end",
    "page=0",
    "page=x",
    "limit=0",
    "limit=1e9",
    "q[$ne]=x",
  ]) {
    assert.equal((await admin.api.get(`/users?${query}`)).status, 422, query);
  }
  for (const query of ["page=10&limit=100", "limit=1000", "q="]) {
    assert.equal((await admin.api.get(`/users?${query}`)).status, 200, query);
  }
});

test("an admin can read the account data of a user, but not private profile fields", async () => {
  await ada.api.patch("/users/me", { firstName: "Ada", city: "Paris", address: "1 Rue" });
  const { body, headers } = await admin.api.get(at(ada));
  assert.equal(body.email, ada.email);
  assert.equal(body.firstName, "Ada");
  for (const field of ["city", "address", "phone", "passwordHash", "sessionEpoch", "formerEmails"]) {
    assert.equal(field in body, false, field);
  }
  assert.equal((await admin.api.get(at(ada), { "if-none-match": getTag({ headers }) })).status, 304);
});

test("an admin creates an account; the user chooses the password through the link in the email", async () => {
  const { password, ...eve } = newPerson();
  const made = await admin.api.post("/users", { ...eve, firstName: "Eve", bio: "Tests." });
  assert.equal(made.status, 201);
  const { emailConfirmedAt, firstName, bio, mustChangePassword } = made.body;
  assert.deepEqual([emailConfirmedAt, firstName, bio, mustChangePassword], [null, "Eve", "Tests.", false]);
  assert.equal((await program().post("/auth/login", { username: eve.username, password })).status, 401);
  const link = linkIn(await mailAbout(eve.email, /Your account is ready/, "/password-reset/"), "/password-reset/");
  assert.equal((await visitor().submit(link, { password })).status, 303);
  const account = (await (await loggedIn({ ...eve, password })).get("/users/me")).body;
  assert.ok(account.emailConfirmedAt);
  await visitor().submit(link, { password: "another-Lantern-by-the-sea" });
  const again = await program().post("/auth/login", { username: eve.username, password });
  assert.equal(again.status, 200, "the link works once");
});

test("an account that an admin opened waits for its user for two weeks, and nobody takes its name", async () => {
  const [{ password: _password, ...eve }, bob] = [newPerson(), newPerson()];
  const ids = [(await admin.api.post("/users", eve)).body.id, (await admin.api.post("/users", bob)).body.id];
  const dated = (days: number) =>
    User.collection.updateMany(
      { _id: { $in: ids.map((id) => new Types.ObjectId(String(id))) } },
      { $set: { createdAt: new Date(Date.now() - days * 86_400_000) } },
    );
  const left = () => User.collection.countDocuments({ username: { $in: [eve.username, bob.username] } });
  await dated(9);
  for (const { username } of [eve, bob])
    assert.equal((await visitor().submit("/register", { ...newPerson(), username })).status, 422);
  await dropAbandonedSignUps();
  assert.equal(await left(), 2);
  await dated(30);
  await dropAbandonedSignUps();
  await deleteDueAccounts(systemActor, new Date(Date.now() + 120_000));
  assert.equal(await left(), 0);
});

test("an admin vouches for an email; the link to choose a password works nevertheless", async () => {
  const { password, ...eve } = newPerson();
  const made = await admin.api.post("/users", { ...eve, confirmed: true, roles: ["editor"] });
  assert.equal(made.status, 201);
  assert.ok(made.body.emailConfirmedAt);
  assert.deepEqual(made.body.roles, [{ role: "editor", domain: null }]);
  const link = linkIn(await mailAbout(eve.email, /Your account is ready/, "/password-reset/"), "/password-reset/");
  assert.equal((await visitor().submit(link, { password })).status, 303);
  assert.equal((await (await loggedIn({ ...eve, password })).get("/users/me")).status, 200);
});

test("an account with taken or refused values is not created", async () => {
  const { password: _none, ...eve } = newPerson();
  assert.equal((await admin.api.post("/users", { ...eve, confirmed: true })).status, 201);
  const pointer = async (change: object) => {
    const { password: _password, ...other } = newPerson();
    const { status, body } = await admin.api.post("/users", { ...other, ...change });
    return [status, body.errors?.[0]?.pointer];
  };
  assert.deepEqual(await pointer({ email: eve.email }), [422, "#/email"]);
  assert.deepEqual(await pointer({ email: eve.email, confirmed: true }), [422, "#/email"]);
  assert.deepEqual(await pointer({ username: eve.username.toUpperCase() }), [422, "#/username"]);
  assert.deepEqual(await pointer({ password: "password1" }), [422, "#/password"]);
  assert.deepEqual(await pointer({ roles: ["user"] }), [422, "#/roles/0"]);
  assert.deepEqual(await pointer({ country: "Atlantis" }), [422, "#/country"]);
  assert.deepEqual(await pointer({ phone: "+49 30 1234567" }), [422, "#/phone"], "admins don't see phone numbers");
  assert.deepEqual(await pointer({ roles: ["editor"] }), [422, "#/roles"], "nobody has proved the email");
  assert.equal((await pointer({ roles: ["superadmin"], confirmed: true }))[0], 403);
});

test("a token that may only invite gives no role and confirms no email", async () => {
  const token = await tokenFor(admin, "invitations.manage", "users.read");
  const { password: _password, ...eve } = newPerson();
  for (const more of [{ roles: ["editor"], confirmed: true }, { confirmed: true }]) {
    const { status, body } = await token.post("/users", { ...eve, ...more });
    assert.deepEqual([status, body.type], [403, "/problems/insufficient-scope"]);
  }
  assert.equal((await token.post("/users", eve)).status, 201);
});

test("a user whose password an admin chose must change it first", async () => {
  const eve = newPerson();
  const made = await admin.api.post("/users", eve);
  assert.deepEqual([made.status, made.body.mustChangePassword], [201, true]);
  assert.equal((await admin.api.post("/users", { ...newPerson(), mustChangePassword: false })).status, 422);
  const link = linkIn(await mailAbout(eve.email, /Confirm/, "/email-confirmation/"), "/email-confirmation/");
  const browser = visitor();
  assert.equal((await browser.submit(link, { password: eve.password })).status, 303);
  assert.equal((await browser.get("/dashboard")).location, "/account/password");
  const client = await loggedIn(eve);
  assert.equal((await client.get("/users/me")).body.type, "/problems/password-change-required");
  const listed = (await admin.api.get(`/users?q=${eve.username}`)).body.data[0];
  assert.equal(listed.mustChangePassword, true);
  const password = "another-Lantern-by-the-sea";
  assert.equal((await client.post("/users/me/password", { currentPassword: eve.password, password })).status, 200);
  assert.equal((await browser.get("/dashboard")).location, "/login");
  assert.equal((await admin.api.get(`/users/${made.body.id}`)).body.mustChangePassword, false);
});

test("a user who chooses a new password with the first link need not change it again", async () => {
  const eve = newPerson();
  const made = await admin.api.post("/users", { ...eve, mustChangePassword: true });
  const link = linkIn(await mailAbout(eve.email, /Confirm/, "/email-confirmation/"), "/email-confirmation/");
  assert.equal((await visitor().submit(link, { newPassword: "another-Lantern-by-the-sea" })).status, 303);
  assert.equal((await admin.api.get(`/users/${made.body.id}`)).body.mustChangePassword, false);
});

test("an admin disables a user with a reason, and enables them again", async () => {
  const bob = await apiMember();
  assert.equal((await admin.api.patch(at(bob), { disabled: true })).body.errors[0].pointer, "#/reason");
  const tag = getTag(await admin.api.get(at(bob)));
  const locked = await admin.api.patch(at(bob), { disabled: true, reason: "Spam." }, { "if-match": tag });
  assert.equal(locked.status, 200);
  assert.ok(locked.body.disabledAt);
  assert.match((await mailAbout(bob.email, /was disabled/)).text, /Spam\./);
  assert.equal((await bob.api.get("/users/me")).status, 401);
  assert.equal((await boss.api.patch(at(bob), { disabled: false }, { "if-match": tag })).status, 412);
  assert.equal((await boss.api.patch(at(bob), { disabled: false })).body.disabledAt, null);
  assert.deepEqual((await events(bob)).slice(0, 2), ["user.enabled", "user.disabled"]);
  assert.equal((await (await loggedIn(bob)).get("/users/me")).status, 200);
});

test("of ten concurrent requests that disable a user with the same ETag, one succeeds", async () => {
  const bob = await apiMember();
  const tag = getTag(await admin.api.get(at(bob)));
  const lock = () => admin.api.patch(at(bob), { disabled: true, reason: "Spam." }, { "if-match": tag });
  const answers = await Promise.all(Array.from({ length: 10 }, lock));
  assert.equal((await events(bob)).filter((event) => event === "user.disabled").length, 1);
  assert.ok(answers.every(({ status }) => [200, 412].includes(status)));
  assert.ok(answers.some(({ status }) => status === 200));
});

test("an admin deletes a user, who is disabled at once and deleted after two weeks unless enabled again", async () => {
  const bob = await apiMember();
  assert.equal((await admin.api.delete(at(bob))).status, 422);
  const gone = await admin.api.delete(at(bob), { reason: "Asked for it.", posts: "remove" });
  assert.equal(gone.status, 202);
  assert.ok(gone.body.deletionDueAt);
  assert.equal((await bob.api.get("/users/me")).status, 401);
  assert.equal((await admin.api.patch(at(bob), { disabled: false })).body.deletionDueAt, null);
});

test("roles are granted and revoked with immediate effect", async () => {
  const bob = await apiMember();
  const roles = `${at(bob)}/roles`;
  assert.deepEqual((await admin.api.get(roles)).body, { data: [] });
  assert.equal((await bob.api.get("/users")).status, 403);
  const given = await boss.api.post(roles, { role: "admin" });
  assert.deepEqual(given.body, { data: [{ role: "admin", domain: null }] });
  assert.deepEqual((await boss.api.post(roles, { role: "admin" })).body, given.body);
  assert.equal((await bob.api.get("/users")).status, 200);
  assert.deepEqual((await boss.api.delete(roles, { role: "admin" })).body, { data: [] });
  assert.equal((await bob.api.get("/users")).status, 403);
  assert.deepEqual((await events(bob)).slice(0, 2), ["role.revoked", "role.granted"]);
  for (const role of ["user", "king", "__proto__", null, { $ne: "" }]) {
    assert.equal((await boss.api.post(roles, { role })).status, 422, String(role));
  }
});

test("an admin cannot appoint admins or act on superadmins or themselves, and the last superadmin stays", async () => {
  const bob = await apiMember();
  for (const { status } of [
    await admin.api.post(`${at(bob)}/roles`, { role: "admin" }),
    await admin.api.post(`${at(bob)}/roles`, { role: "superadmin" }),
    await admin.api.delete(`${at(boss)}/roles`, { role: "superadmin" }),
    await admin.api.patch(at(boss), { disabled: true, reason: "x" }),
    await admin.api.delete(at(boss), { reason: "x" }),
    await admin.api.patch(at(admin), { disabled: true, reason: "x" }),
    await admin.api.post(`${at(admin)}/roles`, { role: "editor" }),
    await boss.api.delete(`${at(boss)}/roles`, { role: "superadmin" }),
  ]) {
    assert.equal(status, 403);
  }
  assert.deepEqual((await boss.api.get(`${at(boss)}/roles`)).body.data, [{ role: "superadmin", domain: null }]);
});

test("a sensitive call needs a recent login, or an API token with the scope for it", async () => {
  const [old, bob] = [await lead("admin"), await apiMember()];
  await ApiSession.updateMany({ user: old.id }, { beganAt: new Date(Date.now() - 11 * 60_000) });
  assert.equal((await old.api.get("/users")).status, 200);
  assert.equal((await old.api.post(`${at(bob)}/roles`, { role: "editor" })).status, 403);
  assert.equal((await old.api.delete(at(bob), { reason: "x" })).status, 403);
  const robot = await tokenFor(old, "users.delete", "users.read");
  assert.equal((await robot.delete(at(bob), { reason: "x" })).status, 202);
});

test("a superadmin's token can grant and revoke roles only within its scopes", async () => {
  const [eve, other] = [await apiMember(), await lead("superadmin")];
  const robot = await tokenFor(boss, "users.roles", "users.read");
  for (const role of ["superadmin", "admin", "editor"]) {
    assert.equal((await robot.post(`${at(eve)}/roles`, { role })).status, 403, role);
  }
  assert.equal((await robot.delete(`${at(other)}/roles`, { role: "superadmin" })).status, 403);
  assert.deepEqual((await boss.api.get(`${at(eve)}/roles`)).body.data, []);
  const writer = await tokenFor(
    boss,
    "users.roles",
    "users.read",
    "posts.read.any",
    "posts.edit.any",
    "posts.delete.any",
  );
  assert.equal((await writer.post(`${at(eve)}/roles`, { role: "editor" })).status, 200);
});

test("a token that may change accounts but not read them gets no account data", async () => {
  const bob = await apiMember();
  for (const [method, path, body, scope] of [
    ["PATCH", at(bob), { disabled: false }, "users.disable"],
    ["DELETE", at(bob), { reason: "x" }, "users.delete"],
    ["POST", `${at(bob)}/roles`, { role: "editor" }, "users.roles"],
  ] as const) {
    const { status, headers } = await (await tokenFor(boss, scope)).call(method, path, body);
    assert.equal(status, 403, path);
    assert.match(headers.get("www-authenticate") ?? "", /scope="users\.read"/);
  }
  assert.equal((await boss.api.get(at(bob))).body.disabledAt, null);
});

test("deleting a user again succeeds, even with the current ETag", async () => {
  const bob = await apiMember();
  assert.equal((await admin.api.delete(at(bob), { reason: "x" })).status, 202);
  const tag = getTag(await admin.api.get(at(bob)));
  assert.equal((await admin.api.delete(at(bob), { reason: "x" }, { "if-match": tag })).status, 202);
});

describe("without the role or the scope", () => {
  const calls: [method: string, path: string, scope: Scope, body?: object][] = [
    ["GET", "", "users.read"],
    ["POST", "", "invitations.manage", {}],
    ["GET", `/${NOBODY}`, "users.read"],
    ["PATCH", `/${NOBODY}`, "users.disable", { disabled: false }],
    ["DELETE", `/${NOBODY}`, "users.delete", { reason: "x" }],
    ["GET", `/${NOBODY}/roles`, "users.read"],
    ["POST", `/${NOBODY}/roles`, "users.roles", { role: "editor" }],
    ["DELETE", `/${NOBODY}/roles`, "users.roles", { role: "editor" }],
  ];
  for (const [method, path, scope, body] of calls) {
    test(`${method} /users${path}: 403, whether or not the user exists`, async () => {
      const editor = await lead("editor");
      const robot = await tokenFor(ada, scope, "users.read"); // as if Ada had lost the role afterwards
      const narrow = await tokenFor(boss, scope === "users.read" ? "users.delete" : "users.read");
      for (const [who, { call }] of Object.entries({ ada: ada.api, editor: editor.api, robot, narrow })) {
        assert.equal((await call(method, `/users${path}`, body)).status, 403, who);
      }
      if (path) assert.equal((await boss.api.call(method, `/users${path}`, body)).status, 404);
    });
  }

  test("a domain admin gets 403 for calls about users", async () => {
    const domain = "6b061278ad15b08c25d4ff74";
    const local = await apiMember(await withRole("admin", domain));
    assert.equal((await local.api.get("/users")).status, 403);
    assert.equal((await local.api.post(`${at(ada)}/roles`, { role: "editor" })).status, 403);
  });
});

test("a malformed or unknown user id gives 404", async () => {
  for (const id of ["nobody", "%00", "1", `${NOBODY}0`, "[object Object]", "__proto__"]) {
    assert.equal((await boss.api.get(`/users/${id}`)).status, 404, id);
    assert.equal((await boss.api.patch(`/users/${id}`, { disabled: false })).status, 404, id);
    assert.equal((await boss.api.delete(`/users/${id}`, { reason: "x" })).status, 404, id);
  }
});
