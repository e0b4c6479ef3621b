import "../../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ApiSession } from "../../../../src/models/api-session.js";
import { apiMember } from "../../../support/api/users.js";
import { addRecoveryEmail } from "../../../support/mail/links.js";
import { linkIn, mailAbout } from "../../../support/mailbox.js";
import { member, newPerson } from "../../../support/users.js";

const PATH = "/users/me/recovery-email";

test("a user requests a recovery email, sees it as pending, confirms it with the link, and removes it", async () => {
  const { api, ...ada } = await apiMember();
  assert.deepEqual((await api.get(PATH)).body, { recoveryEmail: null, pending: null });
  const { email } = newPerson();
  const { status, body } = await api.post(PATH, { email, currentPassword: ada.password });
  assert.equal(status, 202);
  assert.match(body.message, /sent an email to/);
  assert.deepEqual((await api.get(PATH)).body, { recoveryEmail: null, pending: email });
  const link = linkIn(await mailAbout(email, /recovery email/), "/recovery-email/");
  assert.equal((await ada.submit(link, {})).status, 303);
  assert.deepEqual((await api.get(PATH)).body, { recoveryEmail: email, pending: null });
  assert.equal((await api.delete(PATH)).status, 204);
  assert.equal((await api.delete(PATH)).status, 204, "and again");
  assert.deepEqual((await api.get(PATH)).body, { recoveryEmail: null, pending: null });
  for (const to of [ada.email, email]) assert.ok(await mailAbout(to, /was removed/));
});

test("a pending recovery email is cancelled, and its link is invalid", async () => {
  const { api, ...ada } = await apiMember();
  const { email } = newPerson();
  await api.post(PATH, { email, currentPassword: ada.password });
  const link = linkIn(await mailAbout(email, /recovery email/), "/recovery-email/");
  assert.equal((await api.delete(PATH)).status, 204);
  assert.deepEqual((await api.get(PATH)).body, { recoveryEmail: null, pending: null });
  assert.equal((await ada.get(link)).status, 404);
});

test("removing it needs a recent login", async () => {
  const { api, id, ...ada } = await apiMember();
  const email = await addRecoveryEmail(ada);
  await ApiSession.updateMany({ user: id }, { beganAt: new Date(1) });
  assert.equal((await api.delete(PATH)).status, 403);
  assert.equal((await api.get(PATH)).body.recoveryEmail, email);
});

test("an address with an account gets the same answer", async () => {
  const { api, ...ada } = await apiMember();
  const [bob, carla, { email: free }] = [await member(), await member(), newPerson()];
  const answers = [];
  for (const email of [free, bob.email, await addRecoveryEmail(carla)]) {
    const { status, body } = await api.post(PATH, { email, currentPassword: ada.password });
    answers.push([status, body.message.replace(email, "…"), (await api.get(PATH)).body.pending === email]);
  }
  assert.deepEqual(answers, Array(3).fill(answers[0]));
});

describe("refused with a pointer to the field; no email is sent", () => {
  const bad: [what: string, sent: object, pointer: string][] = [
    ["a wrong password", { email: "new@example.org", currentPassword: "not the password" }, "#/currentPassword"],
    ["no address", { currentPassword: "x" }, "#/email"],
    ["an operator", { email: { $ne: "" }, currentPassword: "x" }, "#/email"],
    ["an unknown field", { email: "new@example.org", currentPassword: "x", since: "x" }, "#/since"],
  ];
  for (const [what, sent, pointer] of bad) {
    test(what, async () => {
      const { api } = await apiMember();
      const { status, body } = await api.call("POST", PATH, sent);
      assert.equal(status, 422);
      assert.equal(body.errors[0].pointer, pointer);
      assert.equal((await api.get(PATH)).body.pending, null);
    });
  }

  test("the user's own address, and a second recovery email", async () => {
    const { api, ...ada } = await apiMember();
    const currentPassword = ada.password;
    assert.equal((await api.post(PATH, { email: ada.email, currentPassword })).status, 422);
    await addRecoveryEmail(ada);
    const { status, body } = await api.post(PATH, { email: newPerson().email, currentPassword });
    assert.equal(status, 422);
    assert.match(body.errors[0].detail, /Remove it first/);
  });
});
