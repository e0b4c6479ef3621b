import "../../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { User } from "../../../../src/models/user.js";
import { apiMember, tokenFor } from "../../../support/api/users.js";
import { loggedIn, program } from "../../../support/api.js";
import { mailAbout } from "../../../support/mailbox.js";
import { member, withRole } from "../../../support/users.js";

const ME = "/users/me";
const getTag = ({ headers }: { headers: Headers }) => headers.get("etag") ?? "";

test("a client changes some profile fields, the page shows them, and all others stay", async () => {
  const { api, ...ada } = await apiMember();
  const told = { firstName: "Ada", bio: "I count.", country: "de", phone: "030 1234567", shown: ["name"] };
  const { status, body, headers } = await api.patch(ME, told);
  assert.equal(status, 200);
  assert.deepEqual([body.firstName, body.country, body.phone, body.shown], ["Ada", "DE", "+49301234567", ["name"]]);
  assert.equal(headers.get("etag"), getTag(await api.get(ME)));
  const again = await api.patch(ME, { bio: "" });
  assert.deepEqual([again.body.bio, again.body.firstName], ["", "Ada"]);
  assert.match((await ada.get("/account/profile")).text, /value="Ada"/);
});

test("if two clients change the same version, the second gets 412 and overwrites nothing", async () => {
  const { api } = await apiMember();
  const tag = getTag(await api.get(ME));
  const first = await api.patch(ME, { bio: "First." }, { "if-match": tag });
  assert.equal(first.status, 200);
  assert.equal((await api.patch(ME, { bio: "Second." }, { "if-match": tag })).status, 412);
  assert.equal((await api.get(ME)).body.bio, "First.");
  assert.equal((await api.patch(ME, { bio: "Third." }, { "if-match": getTag(first) })).status, 200);
  assert.equal((await api.patch(ME, { bio: "Any." }, { "if-match": "*" })).status, 200);
});

test("of ten concurrent profile changes with the same ETag, one succeeds", async () => {
  const { api } = await apiMember();
  const tag = getTag(await api.get(ME));
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => api.patch(ME, { bio: `I am number ${n}.` }, { "if-match": tag })),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(412)]);
  const winner = answers.find(({ status }) => status === 200);
  assert.equal((await api.get(ME)).body.bio, winner?.body.bio);
});

test("of two concurrent changes with the same ETag, one succeeds, even if one also changes the username", async () => {
  for (let n = 0; n < 5; n += 1) {
    const { api, username } = await apiMember();
    const tag = getTag(await api.get(ME));
    const [named, told] = await Promise.all([
      api.patch(ME, { username: `${username}z`, bio: "Named." }, { "if-match": tag }),
      api.patch(ME, { bio: "Told." }, { "if-match": tag }),
    ]);
    assert.deepEqual([named.status, told.status].sort(), [200, 412]);
    const { bio } = (await api.get(ME)).body;
    assert.equal(bio, named.status === 200 ? "Named." : "Told.");
  }
});

test("a token that may change the account but not read it gets no account data", async () => {
  const { status, body } = await (await tokenFor(await apiMember(), "account.edit")).patch(ME, {});
  assert.equal(status, 403);
  assert.equal("email" in body, false);
});

describe("an invalid profile change gives 422 and points to the error", () => {
  const bad: [string, unknown, string][] = [
    ["an internal field", { passwordHash: "x" }, "#/passwordHash"],
    ["roles", { roles: [{ role: "superadmin", domain: null }] }, "#/roles"],
    ["the email", { email: "other@example.org" }, "#/email"],
    ["a number for a name", { firstName: 7 }, "#/firstName"],
    ["an object for a name", { firstName: { $set: "x" } }, "#/firstName"],
    ["an unknown country", { country: "Atlantis" }, "#/country"],
    ["a phone number without its country", { phone: "12345" }, "#/phone"],
    ["an unknown group to show", { shown: ["email"] }, "#/shown/0"],
    ["a malformed username", { username: "a b" }, "#/username"],
    ["a list", [], "#"],
  ];
  for (const [what, sent, pointer] of bad) {
    test(`${what} gives 422 and is not saved`, async () => {
      const { api } = await apiMember();
      const { status, body } = await api.call("PATCH", ME, sent);
      assert.equal(status, 422);
      assert.deepEqual(
        body.errors.map((one: { pointer: string }) => one.pointer),
        [pointer],
      );
    });
  }

  test("a body that is not JSON, not declared as JSON or too large gives an error", async () => {
    const { api } = await apiMember();
    assert.equal((await api.call("PATCH", ME, "{")).status, 400);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    assert.equal((await api.call("PATCH", ME, "bio=x", form)).status, 415);
    assert.equal((await api.call("PATCH", ME, `{"bio":"${"x".repeat(200_000)}"}`)).status, 413);
  });
});

test("a client can change the username once a week after a login, but never with an API token", async () => {
  const ada = await apiMember();
  const robot = await tokenFor(ada, "account.edit", "account.read");
  assert.equal((await robot.patch(ME, { username: `${ada.username}x` })).status, 403);
  assert.equal((await robot.patch(ME, { bio: "By a robot." })).status, 200);
  const taken = await member();
  assert.equal((await ada.api.patch(ME, { username: taken.username })).body.errors[0].pointer, "#/username");
  assert.equal((await ada.api.patch(ME, { username: `${ada.username}x` })).body.username, `${ada.username}x`);
  assert.equal((await ada.api.patch(ME, { username: `${ada.username}y` })).status, 422);
});

test("deleting the account needs the password, logs out all clients, and can be cancelled in a browser", async () => {
  const ada = await apiMember();
  const robot = await tokenFor(ada, "account.read", "account.edit");
  assert.equal((await robot.delete(ME, { currentPassword: ada.password })).status, 403);
  const wrong = await ada.api.delete(ME, { currentPassword: "not the password" });
  assert.equal(wrong.body.errors[0].pointer, "#/currentPassword");
  assert.equal((await ada.api.delete(ME)).status, 422);
  const left = await ada.api.delete(ME, { currentPassword: ada.password });
  assert.equal(left.status, 202);
  assert.ok(left.body.deletionDueAt);
  assert.match((await mailAbout(ada.email, /will be deleted/)).text, /14 days|deleted on/);
  assert.equal((await ada.api.get(ME)).status, 401);
  const back = await loggedIn(ada);
  assert.equal((await back.get(ME)).body.deletionDueAt, left.body.deletionDueAt);
});

test("the only superadmin cannot delete their account", async () => {
  await User.collection.updateMany({}, { $pull: { roles: { role: "superadmin" } } } as object);
  const boss = await withRole("superadmin");
  const { status } = await (await loggedIn(boss)).delete(ME, { currentPassword: boss.password });
  assert.equal(status, 409);
});

test("a change with a cookie or a token in the body gives 401", async () => {
  const ada = await member();
  const cookie = [...ada.cookies].map((pair) => pair.join("=")).join("; ");
  assert.equal((await program().patch(ME, { bio: "x" }, { cookie })).status, 401);
  const { tokens } = await loggedIn(ada);
  assert.equal((await program().patch(ME, { access_token: tokens.access_token, bio: "x" })).status, 401);
});
