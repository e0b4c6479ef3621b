import "../../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { decodeJwt } from "jose";
import { operatorActor } from "../../../../src/actor.js";
import { config } from "../../../../src/config/index.js";
import { ApiSession } from "../../../../src/models/api-session.js";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { User } from "../../../../src/models/user.js";
import { disableUser } from "../../../../src/services/admin/disable.js";
import { loggedIn, program } from "../../../support/api.js";
import { linkIn, mailAbout, mailsTo } from "../../../support/mailbox.js";
import { type Member, member, newPerson, signedUp } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

const anyone = program();
const account = ({ username }: { username: string }) => User.findOne({ username }).orFail();
const refresh = (token = "") => anyone.post("/auth/refresh", { refresh_token: token });
type LoggedIn = Awaited<ReturnType<typeof loggedIn>>;
const getSid = ({ tokens }: LoggedIn) =>
  JSON.parse(Buffer.from(tokens.access_token?.split(".")[1] ?? "", "base64url").toString()).sid;
const isDead = async ({ get, tokens }: LoggedIn) =>
  (await get("/users/me")).status === 401 && (await refresh(tokens.refresh_token)).status === 401;
const replays = async (ada: Member) =>
  (await AuditEvent.listForUser((await account(ada)).id)).events.filter(({ event }) => event === "session.replayed")
    .length;

test("every failed login gets the same response; only the correct password reveals a disabled account", async () => {
  const [ada, eve] = [await member(), await member()];
  await disableUser(operatorActor, await account(eve), "Spam.");
  const answers = await Promise.all([
    anyone.post("/auth/login", { username: ada.username, password: "not the password" }),
    anyone.post("/auth/login", { username: "nobody-at-all", password: "not the password" }),
    anyone.post("/auth/login", { email: "nobody@example.org", password: ada.password }),
    anyone.post("/auth/login", { username: eve.username, password: "not the password" }),
  ]);
  for (const { status, body } of answers) {
    assert.equal(status, 401);
    assert.equal(body.detail, "Incorrect email, username or password.");
  }
  assert.equal((await anyone.post("/auth/login", { username: eve.username, password: eve.password })).status, 403);
});

test("registering a taken email gets the usual response, and its owner gets an email", async () => {
  const ada = await member();
  const [taken, free] = [{ ...newPerson(), email: ada.email }, newPerson()];
  const [one, other] = [await anyone.post("/auth/register", taken), await anyone.post("/auth/register", free)];
  assert.deepEqual([one.status, Object.keys(one.body)], [other.status, Object.keys(other.body)]);
  assert.match((await mailAbout(ada.email, /already/)).text, /already have an account/i);
  assert.equal((await (await loggedIn(ada)).get("/users/me")).body.username, ada.username);
});

test("only the correct password reveals an unconfirmed account, which gets no tokens", async () => {
  const { username, email, password } = await signedUp();
  const answer = await anyone.post("/auth/login", { username, password });
  assert.equal(answer.status, 403);
  assert.match(answer.body.detail, /Confirm your email address first/);
  for (const odd of [
    { username, password: "not-the-password" },
    { email, password },
  ]) {
    assert.equal((await anyone.post("/auth/login", odd)).status, 401);
  }
});

test("ten concurrent refreshes all get valid tokens and do not count as a replay", async () => {
  const ada = await member();
  const login = await loggedIn(ada);
  const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(login.tokens.refresh_token)));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  assert.equal((await ApiSession.findById(getSid(login)).orFail()).generation, 1);
  for (const { body } of answers) assert.equal((await program(body.access_token).get("/users/me")).status, 200);
  assert.equal((await refresh(answers[3]?.body.refresh_token)).status, 200);
  assert.equal(
    (await refresh(answers[7]?.body.refresh_token)).status,
    200,
    "none of these refresh tokens counts as a replay",
  );
  assert.equal(await replays(ada), 0);
});

describe("expiry", () => {
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
  afterEach(() => mock.timers.reset());

  test("a refresh whose response was lost can be repeated until the new tokens are used", async () => {
    const ada = await member();
    const login = await loggedIn(ada);
    assert.equal((await refresh(login.tokens.refresh_token)).status, 200);
    mock.timers.tick(3 * 24 * 3_600_000);
    const repeated = await refresh(login.tokens.refresh_token);
    assert.equal(repeated.status, 200);
    assert.equal((await program(repeated.body.access_token).get("/users/me")).status, 200);
    assert.equal(await replays(ada), 0);
  });

  for (const use of ["a call", "a refresh"]) {
    test(`replaying a refresh token after its successor was used for ${use} ends the session and notifies the owner once`, async () => {
      const ada = await member();
      const login = await loggedIn(ada);
      const next = (await refresh(login.tokens.refresh_token)).body;
      if (use === "a call") assert.equal((await program(next.access_token).get("/users/me")).status, 200);
      else assert.equal((await refresh(next.refresh_token)).status, 200);
      mock.timers.tick(31_000);
      const copies = await Promise.all(Array.from({ length: 9 }, () => refresh(login.tokens.refresh_token)));
      assert.deepEqual([...new Set(copies.map(({ status }) => status))], [401]);
      assert.equal((await program(next.access_token).get("/users/me")).status, 401);
      assert.equal((await refresh(next.refresh_token)).status, 401);
      assert.equal(await replays(ada), 1);
      assert.ok(linkIn(await mailAbout(ada.email, /.*/, "/not-me/"), "/not-me/"));
    });
  }
});

test("replaying an old refresh token ends its session even much later, and no other session", async () => {
  const ada = await member();
  const [stolen, other] = [await loggedIn(ada), await loggedIn(ada)];
  let token = stolen.tokens.refresh_token;
  for (let n = 0; n < 3; n += 1) token = (await refresh(token)).body.refresh_token;
  assert.equal((await refresh(stolen.tokens.refresh_token)).status, 401);
  assert.equal((await refresh(token)).status, 401);
  assert.equal((await other.get("/users/me")).status, 200);
  assert.equal(await replays(ada), 1);
});

test("tokens are valid for the configured times", async () => {
  const { jwtAccessMs, jwtRefreshMs } = config;
  Object.assign(config, { jwtAccessMs: 5 * 60_000, jwtRefreshMs: 2 * 24 * 60 * 60_000 });
  const { tokens } = await loggedIn(await member()).finally(() => Object.assign(config, { jwtAccessMs, jwtRefreshMs }));
  const { iat = 0, exp = 0 } = decodeJwt(tokens.access_token ?? "");
  assert.deepEqual([Number(tokens.expires_in), exp - iat], [300, 300]);
  const left = Number(tokens.refresh_expires_in);
  assert.ok(left <= 172_800 && left > 172_700, String(left));
});

test("a refresh does not extend the lifetime of a session", async () => {
  const ada = await loggedIn(await member());
  const next = await refresh(ada.tokens.refresh_token);
  assert.ok(next.body.refresh_expires_in <= Number(ada.tokens.refresh_expires_in));
  await ApiSession.updateMany({}, { expiresAt: new Date(Date.now() - 1) });
  assert.equal((await refresh(next.body.refresh_token)).status, 401);
  assert.equal((await program(next.body.access_token).get("/users/me")).status, 401);
});

describe("all API sessions end at once", () => {
  const ends: Record<string, (ada: Member, login: LoggedIn) => Promise<unknown>> = {
    "by a logout": (_, login) => login.post("/auth/logout"),
    "by a new password": async (ada) => {
      const fields = { currentPassword: ada.password, password: "another-Gate-in-the-hedge" };
      assert.equal((await ada.submit("/account/password", fields)).status, 303);
    },
    "by a password reset": async (ada) => {
      await visitor().submit("/password-reset", { email: ada.email });
      const link = linkIn(await mailAbout(ada.email, /password/i, "/password-reset/"), "/password-reset/");
      assert.equal((await visitor().submit(link, { password: "a-third-Gate-in-the-fence" })).status, 303);
    },
    "by disabling the user": async (ada) => disableUser(operatorActor, await account(ada), "Spam."),
    "by logging out all other devices": (ada) => ada.submit("/account/sessions", {}, "/account/sessions/end-others"),
  };
  for (const [how, end] of Object.entries(ends)) {
    test(`all API sessions end ${how}`, async () => {
      const ada = await member();
      await visitor().submit("/login", { login: ada.username, password: ada.password });
      const login = await loggedIn(ada);
      assert.equal((await login.get("/users/me")).status, 200);
      await end(ada, login);
      assert.ok(await isDead(login));
    });
  }
});

test("a login with a new client sends one email about a new device", async () => {
  const ada = await member();
  await loggedIn(ada);
  await mailAbout(ada.email, /new device/);
  await loggedIn(ada);
  assert.equal((await mailsTo(ada.email)).filter(({ subject }) => /new device/.test(subject)).length, 1);
});

test("the devices page lists API sessions, and the user can end them there", async () => {
  const ada = await member();
  const [login, other] = [await loggedIn(ada), await loggedIn(ada)];
  const { text } = await ada.get("/account/sessions");
  assert.match(text, /A program: node/);
  assert.match(text, /Log out all other devices/);
  const ids = (
    await ApiSession.find({ user: (await account(ada))._id })
      .sort({ _id: 1 })
      .lean()
  ).map(({ _id }) => _id);
  assert.equal((await ada.submit("/account/sessions", {}, `/account/sessions/${ids[0]}/end`)).status, 303);
  assert.ok(await isDead(login));
  assert.equal((await other.get("/users/me")).status, 200);
  const bob = await member();
  assert.equal((await bob.submit("/account/sessions", {}, `/account/sessions/${ids[1]}/end`)).status, 404);
  assert.equal((await other.get("/users/me")).status, 200);
});
