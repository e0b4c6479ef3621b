import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { User } from "../../../../src/models/user.js";
import { apiMember } from "../../../support/api/users.js";
import { loggedIn } from "../../../support/api.js";
import { mailAbout, mailsTo } from "../../../support/mailbox.js";
import { withRole } from "../../../support/users.js";

const PATH = "/users/me/deletion";
const none = { deletionDueAt: null, posts: null };

test("a user schedules the deletion and cancels it with the same login; all others end", async () => {
  const { api, ...ada } = await apiMember();
  const other = await loggedIn(ada);
  assert.deepEqual((await api.get(PATH)).body, none);
  const { status, body } = await api.post(PATH, { currentPassword: ada.password, posts: "remove" });
  assert.equal(status, 202);
  assert.equal(body.posts, "remove");
  assert.ok(Date.parse(body.deletionDueAt) > Date.now() + 13 * 86_400_000);
  assert.deepEqual((await api.get(PATH)).body, body);
  assert.equal((await api.get("/users/me")).body.deletionDueAt, body.deletionDueAt);
  assert.equal((await other.get("/users/me")).status, 401);
  assert.equal((await ada.get("/dashboard")).location?.split("?")[0], "/login");
  await mailAbout(ada.email, /will be deleted/);
  assert.equal((await api.delete(PATH)).status, 204);
  assert.equal((await api.delete(PATH)).status, 204, "and again");
  assert.deepEqual((await api.get(PATH)).body, none);
});

test("two requests at once schedule one deletion, with one email", async () => {
  const { api, ...ada } = await apiMember();
  const sent = { currentPassword: ada.password };
  const answers = await Promise.all([api.post(PATH, sent), api.post(PATH, sent)]);
  assert.deepEqual([...new Set(answers.map(({ status, body }) => `${status} ${body.deletionDueAt}`))].length, 1);
  await mailAbout(ada.email, /will be deleted/);
  assert.equal((await mailsTo(ada.email)).filter(({ subject }) => /will be deleted/.test(subject)).length, 1);
});

test("a wrong password, a missing one, or unknown values schedule nothing", async () => {
  const { api, password: currentPassword } = await apiMember();
  const bad: [object, string][] = [
    [{ currentPassword: "not the password" }, "#/currentPassword"],
    [{}, "#/currentPassword"],
    [{ currentPassword: ["x"] }, "#/currentPassword"],
    [{ currentPassword, posts: "burn" }, "#/posts"],
    [{ currentPassword, dueAt: "2000-01-01" }, "#/dueAt"],
  ];
  for (const [sent, pointer] of bad) {
    const { status, body } = await api.call("POST", PATH, sent);
    assert.equal(status, 422);
    assert.equal(body.errors[0].pointer, pointer);
  }
  assert.deepEqual((await api.get(PATH)).body, none);
});

test("the only superadmin cannot schedule it", async () => {
  await User.collection.updateMany({}, { $pull: { roles: { role: "superadmin" } } } as object);
  const boss = await withRole("superadmin");
  const { status } = await (await loggedIn(boss)).post(PATH, { currentPassword: boss.password });
  assert.equal(status, 409);
});
