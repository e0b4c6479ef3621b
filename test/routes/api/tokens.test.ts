import "../../support/environment.js";
import assert from "node:assert/strict";
import { request } from "node:http";
import { describe, test } from "node:test";
import { operatorActor } from "../../../src/actor.js";
import { digest } from "../../../src/lib/secrets.js";
import { ApiSession } from "../../../src/models/api-session.js";
import { ApiToken, MOST_TOKENS } from "../../../src/models/api-token.js";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { User } from "../../../src/models/user.js";
import { disableUser } from "../../../src/services/admin/disable.js";
import { makeToken, warnOfEndingTokens } from "../../../src/services/api/api-tokens.js";
import { readToken } from "../../support/api/tokens.js";
import { loggedIn, program } from "../../support/api.js";
import { origin } from "../../support/app.js";
import { linkIn, mailAbout, mailsTo } from "../../support/mailbox.js";
import { acting } from "../../support/users/actors.js";
import { member, withRole } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";

const DAYS = 86_400_000;
const account = ({ username }: { username: string }) => User.findOne({ username }).orFail();
const operatorLocks = (user: User) => disableUser(operatorActor, user, "Spam.");
const wanted = { description: "Backup", scopes: ["account.read"], expiresInDays: 30 };

test("a client uses an API token, and its owner sees when and from where and revokes it", async () => {
  const ada = await member();
  const owner = await loggedIn(ada);
  const made = await owner.post("/tokens", wanted);
  assert.equal(made.status, 201);
  assert.match(made.body.token, /^pst_[0-9A-Za-z]{49}$/);
  assert.equal(made.body.token.slice(0, 8), made.body.beginning);
  const { text } = await mailAbout(ada.email, /API token/);
  assert.ok(text.includes(made.body.beginning) && !text.includes("Backup"), text);

  const robot = program(made.body.token);
  assert.equal((await robot.get("/users/me")).body.username, ada.username);
  const [listed] = (await owner.get("/tokens")).body.data;
  assert.equal(listed.description, "Backup");
  assert.equal(listed.lastUsedIp, "127.0.0.1");
  assert.ok(listed.lastUsedAt);
  assert.equal("token" in listed, false);

  assert.equal((await owner.delete(`/tokens/${listed.id}`)).status, 204);
  assert.equal((await robot.get("/users/me")).status, 401);
  assert.equal((await owner.delete(`/tokens/${listed.id}`)).status, 404);
  const events = (await AuditEvent.listForUser((await account(ada)).id)).events.map(({ event }) => event);
  assert.deepEqual(events.slice(0, 2), ["api-token.revoked", "api-token.made"]);
});

test("the database stores only the hash of an API token", async () => {
  const { token } = await readToken(await member(), "account.read");
  const stored = await ApiToken.findOne({ hash: digest(token) }).lean();
  assert.ok(stored);
  assert.equal(JSON.stringify(stored).includes(token.slice(9)), false);
});

test("an API token cannot create, list or revoke tokens, or log out", async () => {
  const ada = await member();
  const robot = await readToken(ada, "account.read", "account.edit", "posts.read", "posts.write");
  for (const { status } of [
    await robot.get("/tokens"),
    await robot.post("/tokens", wanted),
    await robot.delete(`/tokens/${robot.id}`),
    await robot.post("/auth/logout"),
  ]) {
    assert.equal(status, 403);
  }
  assert.equal((await robot.get("/users/me")).status, 200);
});

test("a call outside the scopes of a token gives 403 and names the missing scope", async () => {
  const robot = await readToken(await member(), "posts.read");
  const refused = await robot.get("/users/me");
  assert.equal(refused.status, 403);
  assert.match(refused.headers.get("www-authenticate") ?? "", /error="insufficient_scope", scope="account.read"/);
});

test("a user can give a token only scopes for which they have the permission", async () => {
  const { status, body } = await (await loggedIn(await member())).post("/tokens", {
    ...wanted,
    scopes: ["users.read"],
  });
  assert.equal(status, 422);
  assert.deepEqual(body.errors[0].pointer, "#/scopes");
  assert.equal((await readToken(await withRole("admin"), "users.read")).token.length, 53);
});

describe("invalid token requests give 422 and point to the error", () => {
  const bad: [string, object, string][] = [
    ["a year and a day", { expiresInDays: 366 }, "#/expiresInDays"],
    ["no time at all", { expiresInDays: 0 }, "#/expiresInDays"],
    ["half a day", { expiresInDays: 0.5 }, "#/expiresInDays"],
    ["days as text", { expiresInDays: "30" }, "#/expiresInDays"],
    ["a token without expiry", { expiresInDays: null }, "#/expiresInDays"],
    ["no scope", { scopes: [] }, "#/scopes"],
    ["an unknown scope", { scopes: ["everything"] }, "#/scopes/0"],
    ["a malformed scope", { scopes: { $gt: "" } }, "#/scopes"],
    ["no description", { description: " " }, "#/description"],
    ["a description of two lines", { description: "a\nb" }, "#/description"],
    ["an unknown field", { hash: "x" }, "#/hash"],
  ];
  for (const [what, field, pointer] of bad) {
    test(`${what} gives 422`, async () => {
      const { status, body } = await (await loggedIn(await member())).post("/tokens", { ...wanted, ...field });
      assert.equal(status, 422);
      assert.deepEqual(
        body.errors.map((one: { pointer: string }) => one.pointer),
        [pointer],
      );
    });
  }
});

test("a client needs a recent login to create a token", async () => {
  const ada = await member();
  const owner = await loggedIn(ada);
  const user = (await account(ada))._id;
  await ApiSession.updateMany({ user }, { beganAt: new Date(Date.now() - 11 * 60_000) });
  const { status, body } = await owner.post("/tokens", wanted);
  assert.equal(status, 403);
  assert.match(body.detail, /Log in again/);
  assert.equal(await ApiToken.countDocuments({ user }), 0);
});

test("a user can neither see nor revoke tokens of other users", async () => {
  const [ada, bob] = [await member(), await loggedIn(await member())];
  const robot = await readToken(ada, "account.read");
  assert.deepEqual((await bob.get("/tokens")).body.data, []);
  for (const id of [robot.id, "0".repeat(24), "nobody", "%00", "[object Object]", "%7B%7D"]) {
    assert.equal((await bob.delete(`/tokens/${id}`)).status, 404, id);
  }
  assert.equal((await robot.get("/users/me")).status, 200);
});

test("concurrent requests cannot create more tokens than the limit", async () => {
  const ada = await member();
  const user = (await account(ada)).id;
  const expiresAt = new Date(Date.now() + DAYS);
  const make = () => ApiToken.issue(user, { description: "x", scopes: ["posts.read"], expiresAt });
  for (let n = 0; n < MOST_TOKENS - 2; n += 1) await make();
  const made = await Promise.all(Array.from({ length: 10 }, make));
  assert.equal(made.filter(Boolean).length, 2);
  assert.equal(await ApiToken.countDocuments({ user }), MOST_TOKENS);
  const refused = await (await loggedIn(ada)).post("/tokens", wanted);
  assert.equal(refused.status, 422);
  await ApiToken.updateOne({ user }, { expiresAt: new Date(Date.now() - 1) });
  assert.equal((await (await loggedIn(ada)).post("/tokens", wanted)).status, 201);
});

test("a request for a token that finishes after all access was revoked gives 401", async () => {
  for (const putOut of [
    async (user: User) => operatorLocks(user),
    async (user: User) => void (await user.endSessions()),
  ]) {
    const ada = await member();
    const { tokens } = await loggedIn(ada);
    const body = JSON.stringify(wanted);
    const answer = new Promise<number>((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${tokens.access_token}`,
        "content-type": "application/json",
        "content-length": body.length,
      };
      const sent = request(`${origin}/api/v1/tokens`, { method: "POST", headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      }).on("error", reject);
      sent.flushHeaders();
      sent.write(body.slice(0, 5));
      setTimeout(async () => {
        await putOut(await account(ada));
        sent.end(body.slice(5));
      }, 300);
    });
    assert.equal(await answer, 401);
    assert.equal(await ApiToken.countDocuments({ user: (await account(ada))._id }), 0);
  }
});

test("a token created while all access is revoked is deleted", async () => {
  const ada = await member();
  const user = await account(ada);
  const actor = acting(user);
  await user.endSessions();
  await assert.rejects(makeToken(actor, { ...wanted, scopes: ["account.read"] }), { name: "Forbidden" });
  assert.equal(await ApiToken.countDocuments({ user: user._id }), 0);
});

describe("a token becomes invalid", () => {
  test("a token gives 401 once it has expired", async () => {
    const robot = await readToken(await member(), "account.read");
    await ApiToken.updateOne({ _id: robot.id }, { expiresAt: new Date(Date.now() - 1) });
    assert.equal((await robot.get("/users/me")).status, 401);
  });

  test("a token gives 401 once its owner was disabled, even after they are enabled again", async () => {
    const ada = await member();
    const robot = await readToken(ada, "account.read");
    await disableUser(operatorActor, await account(ada), "Spam.");
    assert.equal((await robot.get("/users/me")).status, 401);
    await (await account(ada)).enable();
    assert.equal((await robot.get("/users/me")).status, 401);
  });

  test("a token stays valid after a password change, and gives 401 after a password reset", async () => {
    const ada = await member();
    const robot = await readToken(ada, "account.read");
    const fields = { currentPassword: ada.password, password: "another-Gate-in-the-hedge" };
    assert.equal((await ada.submit("/account/password", fields)).status, 303);
    assert.equal((await robot.get("/users/me")).status, 200);
    await visitor().submit("/password-reset", { email: ada.email });
    const link = linkIn(await mailAbout(ada.email, /Reset your password/, "/password-reset/"), "/password-reset/");
    assert.equal((await visitor().submit(link, { password: "a-third-Gate-in-the-fence" })).status, 303);
    assert.equal((await robot.get("/users/me")).status, 401);
  });
});

test("the link in the email about a token revokes it and ends all sessions", async () => {
  const ada = await member();
  const thief = await loggedIn(ada);
  const robot = await readToken(ada, "account.read");
  const link = linkIn(await mailAbout(ada.email, /New API token created/, "/not-me/"), "/not-me/");
  assert.equal((await visitor().submit(link, {})).status, 303);
  assert.equal((await robot.get("/users/me")).status, 401);
  assert.equal((await thief.get("/users/me")).status, 401);
});

test("a token loses the permissions of a role that its owner loses", async () => {
  const admin = await withRole("admin");
  const robot = await readToken(admin, "users.read", "account.read");
  const user = await account(admin);
  await user.revokeRole({ role: "admin", domain: null });
  assert.equal((await robot.get("/users/me")).status, 200);
  const found = await ApiToken.findLive(robot.token);
  assert.deepEqual(found?.person.roles, []);
});

test("a week before the expiry, the owner of a longer-lived token is notified once", async () => {
  const ada = await member();
  const robot = await readToken(ada, "account.read");
  const short = await (await loggedIn(ada)).post("/tokens", { ...wanted, description: "Short", expiresInDays: 7 });
  assert.equal(short.status, 201);
  await warnOfEndingTokens(new Date(Date.now() + 22 * DAYS));
  assert.equal((await mailsTo(ada.email)).filter(({ subject }) => /expires soon/.test(subject)).length, 0);
  const near = new Date(Date.now() + 23 * DAYS + 60_000);
  await Promise.all([warnOfEndingTokens(near), warnOfEndingTokens(near)]);
  await mailAbout(ada.email, /expires soon/, robot.token.slice(0, 8));
  await warnOfEndingTokens(near);
  assert.equal((await mailsTo(ada.email)).filter(({ subject }) => /expires soon/.test(subject)).length, 1);
  assert.equal((await ApiToken.findById(robot.id).orFail()).warnAt, null);
});
