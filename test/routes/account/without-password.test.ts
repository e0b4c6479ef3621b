import "../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ApiSession } from "../../../src/models/api-session.js";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import { program } from "../../support/api.js";
import { linkIn, mailAbout } from "../../support/mailbox.js";
import { createCodes } from "../../support/users/factors.js";
import { passkeyMember, usePasskey } from "../../support/users/passkeys.js";
import { fresh, logIn, resetLinkFor } from "../../support/users/passwords.js";
import { type Member, member } from "../../support/users.js";
import { readToken, visitor } from "../../support/visitor.js";

const HERE = "/account/password";
const REMOVE = "/account/password/remove";
const HOUR_MS = 3_600_000;

const read = ({ id }: { id: string }) => User.findById(id).select("+passwordHash").orFail();
const remove = (one: Member) => one.submit(HERE, {}, REMOVE);

/** Creates a member who has removed the password. */
async function memberWithoutPassword() {
  const ada = await passkeyMember();
  assert.equal((await remove(ada)).status, 303);
  assert.equal((await read(ada)).passwordHash, undefined);
  return ada;
}

/** Removes the password without ending the logins of programs. Nothing does that yet: programs log in with a password. */
const dropPassword = ({ id }: { id: string }) => User.updateOne({ _id: id }, { $unset: { passwordHash: 1 } });

/** Creates an API client that has logged in with the password and a recovery code. */
async function clientOf(ada: Member) {
  const [code] = await createCodes(ada);
  const { username, password } = ada;
  const { status, body } = await program().post("/auth/login", { username, password, recovery_code: code });
  assert.equal(status, 200, JSON.stringify(body));
  return program(body.access_token);
}

/** Makes all proofs of the user's sessions an hour old. */
async function age({ id }: { id: string }): Promise<void> {
  const before = Date.now() - HOUR_MS;
  const $set = { "session.authenticatedAt": before, "session.factorAt": before };
  await Session.collection.updateMany({ "session.passport.user": (await read({ id }))._id }, { $set });
}

describe("removing the password", () => {
  test("ends other sessions, is reported to both addresses, and leaves the passkey as the way in", async () => {
    const ada = await passkeyMember();
    const [second, other] = [`second-${ada.email}`, visitor()];
    await User.updateOne({ _id: ada.id }, { recoveryEmail: { address: second, since: new Date() } });
    await usePasskey(other, ada.passkey);
    assert.match((await ada.get(HERE)).text, /Remove the password/);
    const before = ada.cookies.get("sid");
    const done = await remove(ada);
    assert.deepEqual([done.status, done.location], [303, HERE]);
    assert.notEqual(ada.cookies.get("sid"), before, "the session continues under a new id");
    assert.match((await ada.get(HERE)).text, /Password removed/);
    assert.equal((await other.get("/dashboard")).location, "/login");
    assert.equal((await logIn(ada, ada.password)).status, 401);
    assert.equal((await usePasskey(visitor(), ada.passkey)).location, "/dashboard");
    for (const address of [ada.email, second]) {
      assert.ok(linkIn(await mailAbout(address, /password was removed/i, "/not-me/"), "/not-me/"));
    }
    assert.match((await ada.get("/account/activity")).text, /You removed your password/);
  });

  test("is refused and not offered without a passkey", async () => {
    const ada = await member();
    assert.doesNotMatch((await ada.get(HERE)).text, /Remove the password/);
    await remove(ada);
    assert.match((await ada.get(HERE)).text, /the only way into your account/);
    assert.ok((await read(ada)).passwordHash);
  });

  test("needs a recent login", async () => {
    const ada = await passkeyMember();
    const page = await ada.get(HERE);
    await age(ada);
    const _csrf = readToken(page.text);
    const answer = await ada.send(REMOVE, { _csrf });
    assert.match(answer.location ?? answer.text, /reauthenticate/);
    assert.ok((await read(ada)).passwordHash);
  });

  test("and removing the last passkey at once: one of them stays", async () => {
    for (let round = 0; round < 12; round++) {
      const ada = await passkeyMember();
      const [passkey] = (await read(ada)).passkeys;
      const path = `/account/passkeys/${passkey?._id}/remove`;
      const both = [() => remove(ada), () => ada.submit("/account/passkeys", {}, path)];
      await Promise.all((round % 2 ? both : both.reverse()).map((act) => act()));
      const { passwordHash, passkeys } = await read(ada);
      assert.ok(passwordHash || passkeys.length > 0, `round ${round}: no way in is left`);
    }
  });

  test("and removing all factors through the API at once: a way in stays", async () => {
    for (let round = 0; round < 6; round++) {
      const ada = await passkeyMember();
      const api = await clientOf(ada);
      const both = [() => remove(ada), () => api.delete("/users/me/factors")];
      await Promise.all<unknown>((round % 2 ? both : both.reverse()).map((act) => act()));
      const { passwordHash, passkeys } = await read(ada);
      assert.ok(passwordHash || passkeys.length > 0, `round ${round}: no way in is left`);
    }
  });
});

describe("a user without a password", () => {
  const forms: [page: string, fields: Record<string, string>, done: RegExp][] = [
    ["/account/email", { email: "new-address-1@example.org" }, /\/account\/email$/],
    ["/account/addresses", { email: "new-address-2@example.org" }, /\/account\/addresses$/],
    ["/account/deletion", { posts: "keep" }, /\/account\/deletion$/],
    [HERE, { password: fresh }, /\/account\/password$/],
  ];
  for (const [page, fields, done] of forms) {
    test(`sends the form of ${page} after a recent login, without a password field`, async () => {
      const ada = await memberWithoutPassword();
      const drawn = await ada.get(page);
      assert.doesNotMatch(drawn.text, /name="currentPassword"/);
      await age(ada);
      const _csrf = readToken(drawn.text);
      const refused = await ada.send(page, { _csrf, ...fields });
      assert.equal(refused.status, page === HERE ? 303 : 401, refused.text); // passwords are not kept
      assert.match(refused.location ?? refused.text, /reauthenticate/);
      const { passwordHash, deletion } = await read(ada);
      assert.deepEqual([passwordHash, deletion ?? null], [undefined, null]);
      assert.equal((await usePasskey(ada, ada.passkey, { purpose: "reauthenticate" })).status, 303);
      const answer = await ada.submit(page, fields);
      assert.equal(answer.status, 303, answer.text);
      assert.match(answer.location ?? "", done);
    });
  }

  test("gets a password again on the page, is asked for no other, and hears of it", async () => {
    const ada = await memberWithoutPassword();
    assert.match((await ada.get(HERE)).text, /Set password/);
    assert.equal((await ada.submit(HERE, { password: "short" })).status, 422);
    await ada.submit(HERE, { password: fresh });
    const page = await ada.get(HERE);
    assert.match(page.text, /Password set/);
    assert.match(page.text, /name="currentPassword"/);
    assert.equal((await logIn(ada, fresh)).location, "/login/second-factor");
    await mailAbout(ada.email, /password was changed/i);
  });

  test("opens the page of the password only after a recent login", async () => {
    const ada = await memberWithoutPassword();
    await age(ada);
    assert.match((await ada.get(HERE)).location ?? "", /^\/reauthenticate\?/);
  });

  test("sending such a form does not make an older login recent", async () => {
    const ada = await memberWithoutPassword();
    const nearlyOld = Date.now() - 9 * 60_000;
    const $set = { "session.authenticatedAt": nearlyOld, "session.factorAt": nearlyOld };
    const mine = { "session.passport.user": (await read(ada))._id };
    await Session.collection.updateMany(mine, { $set });
    assert.equal((await ada.submit("/account/email", { email: "new-address-3@example.org" })).status, 303);
    const sessions = await Session.collection.find(mine).toArray();
    assert.ok(sessions.every(({ session }) => session.authenticatedAt === nearlyOld));
  });

  test("confirms who they are with a passkey, and no password counts", async () => {
    const ada = await memberWithoutPassword();
    await age(ada);
    const page = await ada.get("/reauthenticate");
    assert.doesNotMatch(page.text, /name="password"/);
    assert.match(page.text, /data-passkey="reauthenticate"/);
    assert.match(page.text, /data-no-passkeys>Your browser doesn.{1,6}t support passkeys/);
    const refused = await ada.send("/reauthenticate", { _csrf: readToken(page.text), password: ada.password });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /Your account has no password/);
    assert.match((await ada.get(HERE)).location ?? "", /reauthenticate/);
    assert.equal((await usePasskey(ada, ada.passkey, { purpose: "reauthenticate" })).status, 303);
    assert.equal((await ada.get(HERE)).status, 200);
  });

  test("gets a password by email, and the passkey is still asked for afterwards", async () => {
    const ada = await memberWithoutPassword();
    const browser = visitor();
    await browser.submit(await resetLinkFor(ada.email), { password: fresh });
    assert.ok((await read(ada)).passwordHash);
    const next = visitor();
    const login = await next.submit("/login", { login: ada.username, password: fresh });
    assert.equal(login.location, "/login/second-factor");
    assert.equal((await next.get("/dashboard")).status, 303);
    assert.equal((await usePasskey(next, ada.passkey, { purpose: "factor" })).location, "/dashboard");
  });

  test("keeps the last passkey, also through the API", async () => {
    const ada = await passkeyMember();
    const api = await clientOf(ada);
    await dropPassword(ada);
    assert.equal((await api.delete("/users/me/factors")).status, 409);
    assert.equal((await read(ada)).passkeys.length, 1);
  });
});

describe("a program of a user without a password", () => {
  const calls: [method: string, path: string, body: object, done: number][] = [
    ["POST", "/users/me/email", { email: "new-address-4@example.org" }, 202],
    ["POST", "/users/me/recovery-email", { email: "new-address-5@example.org" }, 202],
    ["POST", "/users/me/deletion", { posts: "keep" }, 202],
    ["DELETE", "/users/me", { posts: "keep" }, 202],
    ["POST", "/users/me/password", { password: fresh }, 200],
  ];
  for (const [method, path, body, done] of calls) {
    test(`needs a recent login for ${method} ${path}, and with a password the password`, async () => {
      const ada = await passkeyMember();
      const api = await clientOf(ada);
      const missing = await api.call(method, path, body);
      assert.deepEqual([missing.status, missing.body.errors[0].pointer], [422, "#/currentPassword"]);
      await dropPassword(ada);
      const account = { user: (await read(ada))._id };
      await ApiSession.updateMany(account, { beganAt: new Date(Date.now() - HOUR_MS) });
      const refused = await api.call(method, path, body);
      assert.equal(refused.status, 403);
      assert.match(refused.headers.get("www-authenticate") ?? "", /insufficient_user_authentication/);
      await ApiSession.updateMany(account, { beganAt: new Date() });
      assert.equal((await api.call(method, path, body)).status, done);
    });
  }
});
