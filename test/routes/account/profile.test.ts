import assert from "node:assert/strict";
import { test } from "node:test";
import { User } from "../../../src/models/user.js";
import { member } from "../../support/people.js";

test("a profile is saved, and only what belongs to it", async () => {
  const ada = await member();
  const before = await User.findOne({ username: ada.username }).lean();
  assert.equal((await ada.submit("/account/profile", { bio: " I write. " })).location, "/account/profile");
  const page = await ada.get("/account/profile");
  assert.match(page.text, /Your profile is saved/);
  assert.match(page.text, />\nI write\.<\/textarea>/);
  const after = await User.findOne({ username: ada.username }).lean();
  assert.deepEqual({ ...after, bio: "", updatedAt: null }, { ...before, bio: "", updatedAt: null });
});

test("fields that are not on the form change nothing", async () => {
  const ada = await member();
  for (const extra of [
    { username: "root1" },
    { email: "x@example.org" },
    { disabledAt: "" },
    { sessionEpoch: "5" },
    { passwordHash: "x" },
    { _id: "1" },
  ]) {
    const page = await ada.submit("/account/profile", { bio: "changed", ...extra });
    assert.equal(page.status, 422, JSON.stringify(extra));
    assert.match(page.text, /does not belong/);
  }
  assert.equal((await User.findOne({ username: ada.username }).orFail()).bio, "");
});

test("too long a text comes back whole, with the count of characters as people see them", async () => {
  const ada = await member();
  const page = await ada.submit("/account/profile", { bio: "😀".repeat(301) });
  assert.equal(page.status, 422);
  assert.match(page.text, /at most 300 characters; this is 301/);
  assert.ok(page.text.includes("😀".repeat(301)));
  assert.equal((await ada.submit("/account/profile", { bio: "😀".repeat(300) })).status, 303);
});

test("the page shows its owner their address, and no secret", async () => {
  const ada = await member();
  const { text } = await ada.get("/account/profile");
  assert.ok(text.includes(ada.email));
  assert.doesNotMatch(text, /\$2b\$|passwordHash|sessionEpoch/);
});
