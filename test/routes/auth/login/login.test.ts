import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { User } from "../../../../src/models/user.js";
import { member, newPerson } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

test("a user can log in with username or email, in upper or lower case", async () => {
  const { username, email, password } = await member();
  for (const login of [username, username.toUpperCase(), email, ` ${email.toUpperCase()} `]) {
    const answer = await visitor().submit("/login", { login, password });
    assert.equal(answer.status, 303, login);
    assert.equal(answer.location, "/dashboard");
  }
});

test("unknown, wrong and disabled logins get the same page", async () => {
  const wrong = await member();
  const disabled = await member();
  await (await User.findOne({ username: disabled.username }).orFail()).disable();
  const attempts = [
    { login: "nobody", password: disabled.password },
    { login: "nobody@example.org", password: disabled.password },
    { login: wrong.username, password: "not-the-password" },
    { login: disabled.username, password: disabled.password },
  ];
  const answers = await Promise.all(attempts.map((attempt) => visitor().submit("/login", attempt)));
  const same = (text: string) => text.replace(/value="[^"]*"/g, "");
  for (const answer of answers) {
    assert.equal(answer.status, 401);
    assert.equal(same(answer.text), same(answers[0]?.text ?? ""));
  }
  assert.match(answers[2]?.text ?? "", new RegExp(`value="${wrong.username}"`), "the form keeps the typed name");
  assert.doesNotMatch(answers[2]?.text ?? "", /not-the-password/);
});

test("a visitor who is sent to the login returns to the requested page", async () => {
  const { username, password } = await member();
  const browser = visitor();
  const sent = await browser.get("/posts/new?draft=1");
  assert.equal(sent.status, 303);
  assert.equal(sent.location, "/login?return_to=%2Fposts%2Fnew%3Fdraft%3D1");
  const back = await browser.submit(sent.location ?? "", { login: username, password });
  assert.equal(back.location, "/posts/new?draft=1");
  assert.equal((await browser.submit("/logout", {}, "/logout")).status, 403, "a logout needs the CSRF token of a form");
});

test("a password in the URL is ignored", async () => {
  const { username, password } = await member();
  const browser = visitor();
  const page = await browser.submit("/login", {}, `/login?login=${username}&password=${password}`);
  assert.equal(page.status, 422);
});

test("each login starts a new session, and the previous one becomes invalid", async () => {
  const ada = await member();
  const before = ada.cookies.get("sid");
  const planted = visitor();
  planted.cookies.set("sid", before ?? "");
  await ada.submit("/dashboard", {}, "/logout");
  const answer = await planted.get("/dashboard");
  assert.equal(answer.status, 303, "the ended session is not used again");
  assert.equal((await planted.submit("/login", { login: ada.username, password: ada.password })).status, 303);
  assert.notEqual(planted.cookies.get("sid"), before);
});

test("a long password with a different last character is wrong", async () => {
  const long = { ...newPerson(), password: `${"correct horse battery ".repeat(4)}staple` };
  await member(long);
  const almost = { login: long.username, password: `${long.password.slice(0, -1)}E` };
  assert.equal((await visitor().submit("/login", almost)).status, 401);
  assert.equal((await visitor().submit("/login", { ...almost, password: long.password })).status, 303);
});
