import "../../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ApiSession } from "../../../../src/models/api-session.js";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { User } from "../../../../src/models/user.js";
import { program } from "../../../support/api.js";
import { codeFor, createCodes, protectedMember } from "../../../support/users/factors.js";
import { visitor } from "../../../support/visitor.js";

const REQUIRED = "/problems/second-factor-required";
const WRONG = "/problems/wrong-code";
const wanted = { description: "A robot", scopes: ["posts.read"], expiresInDays: 1 };

const logIn = ({ username, password }: { username: string; password: string }, more: object = {}) =>
  program().post("/auth/login", { username, password, ...more });

/** An API client that has logged in with a code. */
async function protectedClient() {
  const ada = await protectedMember();
  const { status, body } = await logIn(ada, { otp: await ada.code() });
  assert.equal(status, 200, JSON.stringify(body));
  return { ...ada, api: program(body.access_token) };
}

describe("a login of a program to an account with a second factor", () => {
  test("asks for a code after the right password only, and the page of the problem explains it", async () => {
    const ada = await protectedMember();
    const asked = await logIn(ada);
    assert.deepEqual([asked.status, asked.body.type, asked.body.access_token], [401, REQUIRED, undefined]);
    assert.equal((await visitor().get(REQUIRED)).status, 200);
    for (const more of [{}, { otp: await ada.code() }, { recovery_code: "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA" }]) {
      const refused = await logIn({ ...ada, password: "not the password" }, more);
      assert.deepEqual([refused.status, refused.body.type], [401, "/problems/wrong-credentials"]);
    }
    assert.equal(await ApiSession.countDocuments({ user: ada.id }), 0);
  });

  test("a code of the app works once", async () => {
    const ada = await protectedMember();
    const otp = await ada.code();
    const done = await logIn(ada, { otp: `${otp.slice(0, 3)} ${otp.slice(3)}` });
    assert.equal(done.status, 200);
    assert.equal((await program(done.body.access_token).get("/users/me")).body.username, ada.username);
    const again = await logIn(ada, { otp });
    assert.deepEqual([again.status, again.body.type], [401, WRONG]);
  });

  test("a recovery code works once", async () => {
    const ada = await protectedMember();
    const [recovery_code] = await createCodes(ada);
    assert.equal((await logIn(ada, { recovery_code })).status, 200);
    assert.deepEqual((await logIn(ada, { recovery_code })).body.type, WRONG);
  });

  test("of 20 requests with one code of either kind, one logs in", async () => {
    const ada = await protectedMember();
    const [recovery_code] = await createCodes(ada);
    for (const more of [{ otp: await ada.code() }, { recovery_code }]) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => logIn(ada, more)));
      assert.equal(answers.filter(({ status }) => status === 200).length, 1);
      assert.equal(answers.filter(({ body }) => body.type === WRONG).length, 19);
    }
  });

  test("a wrong code is told apart from a wrong password, and counted with those of the pages", async () => {
    const ada = await protectedMember();
    const refused = await logIn(ada, { otp: codeFor(ada.key, 9) });
    assert.deepEqual([refused.status, refused.body.type], [401, WRONG]);
    assert.ok(await AuditEvent.exists({ user: ada.id, event: "factor.refused" }));
  });

  test("two codes, or one of another shape, are invalid", async () => {
    const ada = await protectedMember();
    const bad: [object, string][] = [
      [{ otp: "123456", recovery_code: "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA" }, "#/recovery_code"],
      [{ otp: 123456 }, "#/otp"],
      [{ otp: "12345" }, "#/otp"],
      [{ recovery_code: "short" }, "#/recovery_code"],
      [{ recovery_code: { $ne: "" } }, "#/recovery_code"],
    ];
    for (const [more, pointer] of bad) {
      const { status, body } = await logIn(ada, more);
      assert.deepEqual([status, body.errors?.[0].pointer], [422, pointer], JSON.stringify(more));
    }
  });

  test("an account without one ignores a code", async () => {
    const ada = await protectedMember();
    await User.updateOne({ _id: ada.id }, { authenticator: null });
    assert.equal((await logIn(ada, { otp: "123456" })).status, 200);
  });

  test("a disabled account is told so before its code is checked", async () => {
    const ada = await protectedMember();
    await User.updateOne({ _id: ada.id }, { disabledAt: new Date() });
    assert.equal((await logIn(ada)).status, 403);
  });
});

describe("confirming the password again", () => {
  const confirm = (api: ReturnType<typeof program>, body: Record<string, unknown>) =>
    api.post("/users/me/reauthentication", body);

  test("needs a code too", async () => {
    const { api, password, code, key, id } = await protectedClient();
    await ApiSession.updateMany({ user: id }, { beganAt: new Date(Date.now() - 3_600_000) });
    const missing = await confirm(api, { password });
    assert.deepEqual([missing.status, missing.body.errors?.[0].pointer], [422, "#/otp"]);
    const wrong = await confirm(api, { password, otp: codeFor(key, 9) });
    assert.deepEqual([wrong.status, wrong.body.errors?.[0].pointer], [422, "#/otp"]);
    const other = await confirm(api, { password: "not the password", otp: await code() });
    assert.equal(other.body.errors?.[0].pointer, "#/password");
    assert.equal((await api.post("/tokens", wanted)).status, 403);
    const done = await confirm(api, { password, otp: await code() });
    assert.equal(done.status, 200);
    assert.equal((await program(done.body.access_token).post("/tokens", wanted)).status, 201);
  });

  test("takes a recovery code", async () => {
    const { api, ...ada } = await protectedClient();
    const [recovery_code] = await createCodes(ada);
    const { password } = ada;
    const wrong = await confirm(api, { password, recovery_code: "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA" });
    assert.deepEqual([wrong.status, wrong.body.errors?.[0].pointer], [422, "#/recovery_code"]);
    assert.equal((await confirm(api, { password, recovery_code })).status, 200);
  });
});
