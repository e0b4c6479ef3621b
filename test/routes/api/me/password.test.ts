import "../../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { apiMember, tokenFor } from "../../../support/api/users.js";
import { loggedIn, program } from "../../../support/api.js";
import { linkIn, mailAbout } from "../../../support/mailbox.js";
import { fresh, logIn } from "../../../support/users/passwords.js";

const PATH = "/users/me/password";
const refresh = (token = "") => program().post("/auth/refresh", { refresh_token: token });

test("changing the password ends all other logins and continues this one with new tokens", async () => {
  const ada = await apiMember();
  const [other, robot] = [await loggedIn(ada), await tokenFor(ada, "account.read")];
  const { status, body } = await ada.api.post(PATH, { currentPassword: ada.password, password: fresh });
  assert.equal(status, 200, JSON.stringify(body));
  for (const login of [ada.api, other]) {
    assert.equal((await login.get("/users/me")).status, 401);
    assert.equal((await refresh(login.tokens.refresh_token)).status, 401);
  }
  assert.equal((await ada.get("/dashboard")).location?.split("?")[0], "/login");
  assert.equal((await robot.get("/users/me")).status, 200, "API tokens stay");
  assert.equal((await program(body.access_token).get("/users/me")).status, 200);
  const next = await refresh(body.refresh_token);
  assert.equal((await program(next.body.access_token).get("/users/me")).status, 200);
  assert.equal((await logIn(ada, ada.password)).status, 401);
  assert.equal((await logIn(ada, fresh)).status, 303);
});

test("the owner gets an email with a link that takes the account back", async () => {
  const ada = await apiMember();
  assert.equal((await ada.api.post(PATH, { currentPassword: ada.password, password: fresh })).status, 200);
  assert.ok(linkIn(await mailAbout(ada.email, /password/i, "/not-me/"), "/not-me/"));
});

describe("refused with a pointer to the field; nothing is changed", () => {
  const bad: [what: string, sent: object, pointer: string][] = [
    ["a wrong current password", { currentPassword: "not the password", password: fresh }, "#/currentPassword"],
    ["no current password", { password: fresh }, "#/currentPassword"],
    ["no new password", { currentPassword: "x" }, "#/password"],
    ["a short password", { currentPassword: "x", password: "short" }, "#/password"],
    ["a common password", { currentPassword: "x", password: "password1234" }, "#/password"],
    ["the same password", { currentPassword: fresh, password: fresh }, "#/password"],
    ["an operator", { currentPassword: { $ne: "" }, password: fresh }, "#/currentPassword"],
    ["an unknown field", { currentPassword: "x", password: fresh, roles: [] }, "#/roles"],
  ];
  for (const [what, sent, pointer] of bad) {
    test(what, async () => {
      const ada = await apiMember();
      const { status, body } = await ada.api.call("POST", PATH, sent);
      assert.equal(status, 422);
      assert.deepEqual(
        body.errors.map((one: { pointer: string }) => one.pointer),
        [pointer],
      );
      assert.equal((await ada.api.get("/users/me")).status, 200);
      assert.equal((await logIn(ada, ada.password)).status, 303);
    });
  }

  test("a password made of the username", async () => {
    const ada = await apiMember();
    const sent = { currentPassword: ada.password, password: `${ada.username}${ada.username}` };
    assert.equal((await ada.api.post(PATH, sent)).body.errors[0].pointer, "#/password");
  });
});

test("of two concurrent changes one wins, and its client stays logged in", async () => {
  const ada = await apiMember();
  const passwords = [fresh, `${fresh}-too`];
  const answers = await Promise.all(
    passwords.map((password) => ada.api.post(PATH, { currentPassword: ada.password, password })),
  );
  const won = answers.filter(({ status }) => status === 200);
  assert.equal(won.length, 1, answers.map(({ status }) => status).join());
  assert.equal((await program(won[0]?.body.access_token).get("/users/me")).status, 200);
  const statuses = [];
  for (const password of passwords) statuses.push((await logIn(ada, password)).status);
  assert.deepEqual(statuses.sort(), [303, 401]);
});
