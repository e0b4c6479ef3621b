import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { User } from "../../../../src/models/user.js";
import { member, newPerson, post } from "../../../support/users.js";
import { visitor } from "../../../support/visitor.js";

test("saving the profile changes only the profile", async () => {
  const ada = await member();
  const before = await User.findOne({ username: ada.username }).lean();
  assert.equal((await ada.submit("/account/profile", { bio: " I write. " })).location, "/account/profile");
  const page = await ada.get("/account/profile");
  assert.match(page.text, /Profile saved/);
  assert.match(page.text, />\nI write\.<\/textarea>/);
  const after = await User.findOne({ username: ada.username }).lean();
  assert.deepEqual({ ...after, bio: "", updatedAt: null }, { ...before, bio: "", updatedAt: null });
});

test("a profile form with unknown fields shows an error and changes nothing", async () => {
  const ada = await member();
  for (const extra of [
    { email: "x@example.org" },
    { disabledAt: "" },
    { sessionEpoch: "5" },
    { passwordHash: "x" },
    { _id: "1" },
  ]) {
    const page = await ada.submit("/account/profile", { bio: "changed", ...extra });
    assert.equal(page.status, 422, JSON.stringify(extra));
    assert.match(page.text, /unexpected field/);
  }
  assert.equal((await User.findOne({ username: ada.username }).orFail()).bio, "");
});

test("a new username appears everywhere and works for the login, and the old one is free", async () => {
  const ada = await member();
  const written = await post(ada);
  const { username } = newPerson();
  assert.equal((await ada.submit("/account/profile", { username, bio: "I write." })).status, 303);
  for (const path of ["/account/profile", "/dashboard", written, "/posts", `/users/${username}`]) {
    const { status, text } = await ada.get(path);
    assert.equal(status, 200, path);
    assert.ok(text.includes(username), path);
    assert.doesNotMatch(text, new RegExp(`${ada.username}(?![\\w@])`), path);
  }
  assert.equal((await ada.get(`/users/${ada.username}`)).status, 404);
  const login = { login: username, password: ada.password };
  assert.equal((await visitor().submit("/login", login)).status, 303);
  const user = await User.findOne({ username }).orFail();
  const event = await AuditEvent.findOne({ user: user._id, event: "user.renamed" }).orFail();
  assert.deepEqual(Object.fromEntries(event.details ?? []), { from: ada.username, to: username });
  assert.equal((await member({ ...newPerson(), username: ada.username })).username, ada.username);
});

test("an invalid username shows an error at its field, and the biography is not lost", async () => {
  const ada = await member();
  const grace = await member();
  const refused: [string, RegExp][] = [
    [grace.username, /taken/],
    [grace.username.toUpperCase(), /taken/],
    ["admin", /username is reserved/],
    ["", /Choose a username/],
    ["a", /at least 2/],
    ["ada lovelace", /Use only letters/],
    ["аda-1815", /Use only letters/],
  ];
  for (const [username, message] of refused) {
    const page = await ada.submit("/account/profile", { username, bio: "A long story." });
    assert.equal(page.status, 422, username);
    assert.match(page.text, message);
    assert.match(page.text, /id="username-error"/);
    assert.match(page.text, new RegExp(`name="username"[^>]*value="${username}"`));
    assert.ok(page.text.includes("A long story."));
  }
  const user = await User.findOne({ username: ada.username }).orFail();
  assert.deepEqual([user.bio, user.usernameChangedAt], ["", null]);
});

test("a user can change the username once a week, and sending the same name does not count", async () => {
  const ada = await member();
  const rename = (username: string) => ada.submit("/account/profile", { username, bio: "" });
  assert.equal((await rename(ada.username)).status, 303);
  assert.equal((await rename(ada.username.toUpperCase())).status, 303, "the same name in another case");
  const { username } = newPerson();
  const early = await rename(username);
  assert.equal(early.status, 422);
  assert.match(early.text, /once a week/);
  const before = new Date(Date.now() - 7 * 86_400_000 - 1);
  await User.updateOne({ username: ada.username.toUpperCase() }, { $set: { usernameChangedAt: before } });
  assert.equal((await rename(username)).status, 303);
});

test("of ten users who change to the same username at once, one gets it", async () => {
  const people = await Promise.all(Array.from({ length: 10 }, () => member()));
  const { username } = newPerson();
  const answers = await Promise.all(
    people.map((one, n) =>
      one.submit("/account/profile", { username: n % 2 ? username : username.toUpperCase(), bio: "" }),
    ),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [303, ...Array(9).fill(422)]);
});

test("the form shows a text that is too long in full, with its number of visible characters", async () => {
  const ada = await member();
  const page = await ada.submit("/account/profile", { bio: "😀".repeat(301) });
  assert.equal(page.status, 422);
  assert.match(page.text, /at most 300 characters\. You have 301/);
  assert.ok(page.text.includes("😀".repeat(301)));
  assert.equal((await ada.submit("/account/profile", { bio: "😀".repeat(300) })).status, 303);
});

test("the profile page shows the user's own email and no secrets", async () => {
  const ada = await member();
  const { text } = await ada.get("/account/profile");
  assert.ok(text.includes(ada.email));
  assert.doesNotMatch(text, /\$2b\$|passwordHash|sessionEpoch/);
});
