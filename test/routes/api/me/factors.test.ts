import "../../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ApiSession } from "../../../../src/models/api-session.js";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { User } from "../../../../src/models/user.js";
import { apiMember, tokenFor } from "../../../support/api/users.js";
import { program } from "../../../support/api.js";
import { linkIn, mailAbout } from "../../../support/mailbox.js";
import { createCodes, type ProtectedMember, protectedMember } from "../../../support/users/factors.js";

const PATH = "/users/me/factors";
const passkey = { publicKey: "k", name: "Laptop", addedAt: new Date("2026-01-02T03:04:05Z") };

async function clientOf({ username, password, code }: ProtectedMember) {
  const { body } = await program().post("/auth/login", { username, password, otp: await code() });
  return program(body.access_token);
}

test("an account without factors has none to show or to remove", async () => {
  const { api } = await apiMember();
  const none = { authenticator: null, passkeys: [], recoveryCodes: { left: 0, createdAt: null } };
  assert.deepEqual((await api.get(PATH)).body, none);
  assert.equal((await api.delete(PATH)).status, 409);
  assert.equal((await api.delete(`${PATH}/authenticator`)).status, 409);
});

test("the owner sees which factors there are, since when, and when they were used, but no secret", async () => {
  const ada = await protectedMember();
  await createCodes(ada);
  await User.updateOne({ _id: ada.id }, { passkeys: [{ ...passkey, credential: `c-${ada.id}` }] });
  const { status, body } = await (await clientOf(ada)).get(PATH);
  assert.equal(status, 200);
  assert.ok(Date.parse(body.authenticator.addedAt) <= Date.parse(body.authenticator.lastUsedAt));
  assert.equal(body.recoveryCodes.left, 10);
  assert.ok(Date.parse(body.recoveryCodes.createdAt));
  const [{ id, ...shown }] = body.passkeys;
  assert.match(id, /^[0-9a-f]{24}$/);
  assert.deepEqual(shown, { name: "Laptop", addedAt: "2026-01-02T03:04:05.000Z", lastUsedAt: null });
  assert.equal((await (await tokenFor(ada, "account.read")).get(PATH)).status, 403);
});

describe("a program removes", () => {
  test("the authenticator app, goes on with new tokens, and all other logins end", async () => {
    const ada = await protectedMember();
    const [api, other] = [await clientOf(ada), await clientOf(ada)];
    const { status, body } = await api.delete(`${PATH}/authenticator`);
    assert.equal(status, 200, JSON.stringify(body));
    for (const old of [api, other]) assert.equal((await old.get("/users/me")).status, 401);
    assert.equal((await ada.get("/dashboard")).status, 303);
    assert.equal((await program(body.access_token).get(PATH)).body.authenticator, null);
    const next = await program().post("/auth/refresh", { refresh_token: body.refresh_token });
    assert.equal((await program(next.body.access_token).get("/users/me")).status, 200);
    await mailAbout(ada.email, /authenticator app was removed/);
  });

  test("all factors and recovery codes, and the owner is told with a link that takes the account back", async () => {
    const ada = await protectedMember();
    await createCodes(ada);
    await User.updateOne({ _id: ada.id }, { passkeys: [{ ...passkey, credential: `c-${ada.id}` }] });
    const { status, body } = await (await clientOf(ada)).delete(PATH);
    assert.equal(status, 200, JSON.stringify(body));
    const left = await program(body.access_token).get(PATH);
    assert.deepEqual(left.body, { authenticator: null, passkeys: [], recoveryCodes: { left: 0, createdAt: null } });
    const mail = await mailAbout(ada.email, /second factors of your account were removed/);
    assert.ok(linkIn(mail, "/not-me/"));
    assert.match(mail.text, /IP address/);
    assert.ok(await AuditEvent.exists({ user: ada.id, event: "factors.reset" }));
  });

  test("nothing without a recent login", async () => {
    const ada = await protectedMember();
    const api = await clientOf(ada);
    await ApiSession.updateMany({ user: ada.id }, { beganAt: new Date(Date.now() - 3_600_000) });
    for (const path of [PATH, `${PATH}/authenticator`])
      assert.equal((await api.delete(path)).body.type, "/problems/login-too-old");
    assert.ok((await api.get(PATH)).body.authenticator);
  });
});
