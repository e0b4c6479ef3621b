import "../../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { operatorActor } from "../../../../src/actor.js";
import { User } from "../../../../src/models/user.js";
import { disableUser } from "../../../../src/services/admin/disable.js";
import { apiMember, tokenFor } from "../../../support/api/users.js";
import { loggedIn, program } from "../../../support/api.js";
import { linkFor } from "../../../support/mail/links.js";
import { linkIn, mailAbout } from "../../../support/mailbox.js";
import { findAccount, fresh, logIn } from "../../../support/users/passwords.js";
import { member, newPerson } from "../../../support/users.js";

const PATH = "/auth/password-reset";
const confirm = (token: unknown, password: unknown = fresh) =>
  program().call("POST", `${PATH}/confirm`, { token, password });
const getSecret = (link: string) => link.split("/").at(-1) ?? "";
const secretFor = async (person: { username: string }) => getSecret(await linkFor(person, "password-reset"));

test("a user resets the password with the link from the email, which ends all access", async () => {
  const { api, ...ada } = await apiMember();
  const robot = await tokenFor(ada, "account.read");
  const asked = await program().post(PATH, { email: ada.email });
  assert.equal(asked.status, 202);
  const secret = getSecret(linkIn(await mailAbout(ada.email, /reset your password/i), "/password-reset/"));
  assert.equal((await confirm(secret)).status, 204);
  for (const client of [api, robot]) assert.equal((await client.get("/users/me")).status, 401);
  assert.equal((await logIn(ada, ada.password)).status, 401);
  assert.equal((await loggedIn({ ...ada, password: fresh })).tokens.token_type, "Bearer");
});

test("known, unknown and disabled addresses get the same answer", async () => {
  const [ada, eve] = [await member(), await member()];
  await disableUser(operatorActor, await findAccount(eve), "Spam.");
  const answers = [];
  for (const { email } of [ada, eve, newPerson()]) {
    const { status, body } = await program().post(PATH, { email });
    answers.push({ status, message: body.message.replace(email, "…") });
  }
  assert.deepEqual(answers[1], answers[0]);
  assert.deepEqual(answers[2], answers[0]);
});

test("a used link changes nothing, whatever password it brings", async () => {
  const ada = await member();
  const secret = await secretFor(ada);
  assert.equal((await confirm(secret)).status, 204);
  for (const password of [fresh, `${fresh}-too`]) assert.equal((await confirm(secret, password)).status, 409);
  assert.equal((await logIn(ada, fresh)).status, 303);
});

test("of two concurrent uses of a link one sets its password", async () => {
  const ada = await member();
  const secret = await secretFor(ada);
  const answers = await Promise.all([confirm(secret), confirm(secret, `${fresh}-too`)]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 409]);
  const won = answers[0]?.status === 204 ? fresh : `${fresh}-too`;
  assert.equal((await logIn(ada, won)).status, 303);
});

describe("refused, and the link stays valid", () => {
  const bad: [what: string, password: unknown][] = [
    ["a short password", "short"],
    ["no password", undefined],
    ["a common password", "password1234"],
    ["an object", { $ne: "" }],
  ];
  for (const [what, password] of bad) {
    test(what, async () => {
      const ada = await member();
      const secret = await secretFor(ada);
      const { status, body } = await program().call("POST", `${PATH}/confirm`, { token: secret, password });
      assert.equal(status, 422);
      assert.equal(body.errors[0].pointer, "#/password");
      assert.equal((await confirm(secret)).status, 204);
    });
  }
});

test("an invalid link, one for another purpose and one of a disabled user change nothing", async () => {
  const ada = await member();
  const other = getSecret(await linkFor(ada, "email-change", "other@example.org"));
  for (const token of ["x", "0".repeat(64), other]) assert.equal((await confirm(token)).status, 404);
  for (const token of [undefined, "", { $ne: "" }, ["x"], "x".repeat(201)])
    assert.equal((await confirm(token)).status, 422);
  const secret = await secretFor(ada);
  await User.updateOne({ username: ada.username }, { disabledAt: new Date() });
  assert.equal((await confirm(secret)).status, 404);
});

test("the request refuses what is no address", async () => {
  for (const email of [undefined, "", "no<at>", 7, { $ne: "" }, ["a@example.org"]]) {
    const { status, body } = await program().call("POST", PATH, { email });
    assert.equal(status, 422);
    assert.equal(body.errors[0].pointer, "#/email");
  }
});
