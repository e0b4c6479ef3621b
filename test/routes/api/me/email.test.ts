import "../../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { apiMember } from "../../../support/api/users.js";
import { linkIn, mailAbout, mailsTo } from "../../../support/mailbox.js";
import { member, newPerson } from "../../../support/users.js";

const PATH = "/users/me/email";

test("a user requests a change, sees it as pending, and confirms it with the link", async () => {
  const { api, ...ada } = await apiMember();
  assert.deepEqual((await api.get(PATH)).body, { email: ada.email, pending: null });
  const { email } = newPerson();
  const { status, body } = await api.post(PATH, { email, currentPassword: ada.password });
  assert.equal(status, 202);
  assert.match(body.message, /sent an email to/);
  assert.deepEqual((await api.get(PATH)).body, { email: ada.email, pending: email });
  assert.ok(linkIn(await mailAbout(ada.email, /about to change/), "/email-undo/"));
  const link = linkIn(await mailAbout(email, /new email address/), "/email-change/");
  assert.equal((await ada.submit(link, {})).status, 303);
  assert.equal((await api.get(PATH)).status, 401, "the change ends all logins of programs");
});

test("an address with unusual characters is accepted and shown, as documented", async () => {
  const { api, ...ada } = await apiMember();
  const email = "o'hara#1$x@xn--bcher-kva.example";
  assert.equal(
    (await api.post(PATH, { email: "O'Hara#1$x@bücher.example", currentPassword: ada.password })).status,
    202,
  );
  assert.deepEqual((await api.get(PATH)).body, { email: ada.email, pending: email });
});

test("a cancelled change is over, and its link is invalid", async () => {
  const { api, ...ada } = await apiMember();
  const { email } = newPerson();
  await api.post(PATH, { email, currentPassword: ada.password });
  const link = linkIn(await mailAbout(email, /new email address/), "/email-change/");
  assert.equal((await api.delete(PATH)).status, 204);
  assert.equal((await api.delete(PATH)).status, 204, "and again");
  assert.deepEqual((await api.get(PATH)).body, { email: ada.email, pending: null });
  assert.equal((await ada.get(link)).status, 404);
});

test("an address with an account gets the same answer; only its owner learns about it", async () => {
  const { api, ...ada } = await apiMember();
  const [bob, { email: free }] = [await member(), newPerson()];
  const answers = [];
  for (const email of [bob.email, free]) {
    const { status, body } = await api.post(PATH, { email, currentPassword: ada.password });
    answers.push({
      status,
      message: body.message.replace(email, "…"),
      pending: (await api.get(PATH)).body.pending === email,
    });
  }
  assert.deepEqual(answers[0], answers[1]);
  await mailAbout(bob.email, /already/);
});

describe("refused with a pointer to the field; no email is sent", () => {
  const bad: [what: string, sent: object, pointer: string][] = [
    ["a wrong password", { email: "new@example.org", currentPassword: "not the password" }, "#/currentPassword"],
    ["no password", { email: "new@example.org" }, "#/currentPassword"],
    ["no address", { currentPassword: "x" }, "#/email"],
    ["a malformed address", { email: "no<at>", currentPassword: "x" }, "#/email"],
    ["an operator", { email: { $ne: "" }, currentPassword: "x" }, "#/email"],
    ["an unknown field", { email: "new@example.org", currentPassword: "x", once: "x" }, "#/once"],
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

  test("the user's own address", async () => {
    const { api, email, password } = await apiMember();
    const { body } = await api.post(PATH, { email: email.toUpperCase(), currentPassword: password });
    assert.equal(body.errors[0].pointer, "#/email");
    assert.ok((await mailsTo(email)).every(({ subject }) => !/about to change/.test(subject)));
  });
});
