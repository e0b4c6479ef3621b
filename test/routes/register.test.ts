import assert from "node:assert/strict";
import { test } from "node:test";
import { User } from "../../src/models/user.js";
import { member, newPerson } from "../support/people.js";
import { visitor } from "../support/visitor.js";

test("a person signs up and is signed in straight away", async () => {
  const ada = newPerson();
  const browser = visitor();
  const answer = await browser.submit("/register", ada);
  assert.equal(answer.status, 303);
  assert.equal(answer.location, "/dashboard");
  const dashboard = await browser.get("/dashboard");
  assert.equal(dashboard.status, 200);
  assert.match(dashboard.text, new RegExp(ada.username));
  assert.match(dashboard.text, /Your account is ready/);
  assert.doesNotMatch((await browser.get("/dashboard")).text, /Your account is ready/, "a flash is shown once");
});

test("a form with mistakes comes back with what was typed, except the password", async () => {
  const page = await visitor().submit("/register", { ...newPerson(), email: "no<at>", password: "short" });
  assert.equal(page.status, 422);
  assert.match(page.text, /value="no&lt;at&gt;"/);
  assert.doesNotMatch(page.text, /value="short"/);
  assert.match(page.text, /aria-invalid="true"/);
  assert.match(page.text, /href="#email"/, "the summary leads to the field");
});

test("every mistake is told at once", async () => {
  const page = await visitor().submit("/register", { username: "", email: "", password: "" });
  for (const field of ["username", "email", "password"]) assert.match(page.text, new RegExp(`id="${field}-error"`));
});

test("a taken username or address is said at its field, whatever its case", async () => {
  const { username, email } = await member();
  const name = await visitor().submit("/register", { ...newPerson(), username: username.toUpperCase() });
  assert.equal(name.status, 422);
  assert.match(name.text, /This username is taken/);
  const address = await visitor().submit("/register", { ...newPerson(), email: ` ${email.toUpperCase()} ` });
  assert.equal(address.status, 422);
  assert.match(address.text, /account with this address/);
});

test("twenty people who want the same name at once have one winner", async () => {
  const { username } = newPerson();
  const tries = Array.from({ length: 20 }, () => visitor().submit("/register", { ...newPerson(), username }));
  const statuses = (await Promise.all(tries)).map((answer) => answer.status);
  assert.equal(statuses.filter((status) => status === 303).length, 1);
  assert.equal(statuses.filter((status) => status === 422).length, 19);
  assert.equal(await User.countDocuments({ username }), 1);
});

test("fields that the form does not have change nothing", async () => {
  const answer = await visitor().submit("/register", {
    ...newPerson(),
    disabledAt: "",
    role: "admin",
    sessionEpoch: "9",
  });
  assert.equal(answer.status, 422);
  assert.match(answer.text, /does not belong/);
});

test("who is signed in has no use for the form", async () => {
  const ada = await member();
  assert.equal((await ada.get("/register")).location, "/dashboard");
});
