import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { trusted } from "mongoose";
import { systemActor } from "../../../src/actor.js";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { User } from "../../../src/models/user.js";
import { deleteDueAccounts } from "../../../src/services/account/deletion.js";
import { mailAbout, mailsTo } from "../../support/mailbox.js";
import { type Member, member, post, withRole } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";

const MINUTES = 60_000;
const DAYS = 86_400_000;

const account = ({ username }: { username: string }) => User.findOne({ username }).orFail();
const plan = (person: Member, fields: Record<string, string> = {}) =>
  person.submit("/account/deletion", { currentPassword: person.password, ...fields });

async function loggedIn({ username, password }: Member) {
  const browser = visitor();
  const page = await browser.submit("/login", { login: username, password });
  return { ...browser, page };
}

/** Runs the jobs after the deletion date: one run disables the account, and the next one deletes it. */
async function theDayComes(days = 14) {
  const then = Date.now() + days * DAYS + MINUTES;
  await deleteDueAccounts(systemActor, new Date(then));
  await deleteDueAccounts(systemActor, new Date(then + 5 * MINUTES));
}

test("a user schedules the deletion of the account, gets an email, and sees it on every page", async () => {
  const ada = await member();
  const phone = await loggedIn(ada);
  const page = await plan(ada);
  assert.equal(page.status, 303);
  assert.equal(page.location, "/account/deletion");
  const { dueAt } = (await account(ada)).deletion ?? {};
  assert.ok(dueAt && Math.abs(dueAt.getTime() - Date.now() - 14 * DAYS) < MINUTES);
  const then = await ada.get("/account/deletion");
  assert.match(then.text, new RegExp(`datetime="${dueAt.toISOString()}"`));
  assert.match(then.text, /Cancel deletion/);
  assert.match((await ada.get("/dashboard")).text, /Your account will be deleted on[\s\S]*href="\/account\/deletion"/);
  assert.match((await mailAbout(ada.email, /deleted/)).text, /\/not-me\//);
  assert.equal((await phone.get("/dashboard")).status, 303, "other sessions end");
  assert.equal((await visitor().get("/posts")).text.includes("will be deleted"), false);
});

test("scheduling a deletion needs the password, which the page never shows again", async () => {
  const ada = await member();
  for (const [currentPassword, message] of [
    ["not-the-password", /Incorrect password/],
    ["", /Enter your password/],
  ] as const) {
    const page = await plan(ada, { currentPassword, posts: "remove" });
    assert.equal(page.status, 422);
    assert.match(page.text, message);
    assert.doesNotMatch(page.text, /not-the-password/);
    assert.match(page.text, /value="remove"[^>]* checked/, "the form keeps the choice");
  }
  assert.equal((await plan(ada, { posts: "burn" })).status, 422);
  assert.equal((await account(ada)).deletion, null);
  assert.equal((await mailsTo(ada.email)).filter(({ subject }) => /deleted/.test(subject)).length, 0);
});

test("scheduling a deletion again changes nothing, not even the choice for the posts", async () => {
  const ada = await member();
  const token = { currentPassword: ada.password };
  const form = await ada.get("/account/deletion");
  const _csrf = /name="_csrf" value="([^"]+)"/.exec(form.text)?.[1] ?? "";
  const pages = await Promise.all(
    ["keep", "keep", "keep", "keep", "keep"].map((posts) => ada.send("/account/deletion", { _csrf, posts, ...token })),
  );
  assert.deepEqual([...new Set(pages.map(({ status }) => status))], [303]);
  const planned = async () => (await User.findOne({ username: ada.username }).orFail().lean()).deletion;
  const before = await planned();
  await ada.send("/account/deletion", { _csrf, posts: "remove", ...token });
  assert.deepEqual(await planned(), before);
  assert.equal(before?.posts, "keep");
  await mailAbout(ada.email, /deleted/);
  const user = (await account(ada))._id;
  assert.equal(await AuditEvent.countDocuments({ user, event: "deletion.planned" }), 1);
});

test("after a login, the user sees the scheduled deletion and can cancel it", async () => {
  const ada = await member();
  await plan(ada);
  const later = visitor();
  await later.get("/posts/new");
  const { location } = await later.submit("/login", { login: ada.username, password: ada.password });
  assert.equal(location, "/account/deletion");
  const page = await later.submit("/account/deletion", {}, "/account/deletion/cancel");
  assert.deepEqual([page.status, page.location], [303, "/dashboard"]);
  const dashboard = (await later.get("/dashboard")).text;
  assert.match(dashboard, /Your account won&#39;t be deleted/);
  assert.doesNotMatch(dashboard, /will be deleted/);
  await theDayComes();
  assert.equal((await loggedIn(ada)).page.location, "/dashboard");
  const activity = (await ada.get("/account/activity")).text;
  assert.match(activity, /You cancelled the deletion of your account/);
  assert.match(activity, /You scheduled your account for deletion/);
  assert.match((await later.submit("/account/profile", {}, "/account/deletion/cancel")).location ?? "", /dashboard/);
});

test("a disabled user cannot cancel the deletion", async () => {
  const ada = await member();
  await plan(ada);
  const user = await account(ada);
  await user.disable();
  assert.equal((await ada.send("/account/deletion/cancel", {})).status, 403);
  assert.equal(await user.cancelDeletion(), false);
  assert.ok((await account(ada)).deletion);
});

test("nothing is deleted before the date; afterwards, the account is deleted and its username is free", async () => {
  const ada = await member();
  await plan(ada);
  await theDayComes(13);
  assert.equal((await ada.get("/dashboard")).status, 200);
  await theDayComes();
  assert.equal(await User.countDocuments({ username: ada.username }), 0);
  assert.equal((await ada.get("/dashboard")).status, 303);
  assert.equal((await loggedIn(ada)).page.status, 401);
  assert.equal((await visitor().get(`/users/${ada.username}`)).status, 404);
  await mailAbout(ada.email, /has been deleted/);
  await member({ username: ada.username, email: "next@example.org", password: ada.password });
});

test("if the user keeps the posts, they lose their author, and drafts are deleted", async () => {
  const ada = await member();
  const [published, inside] = [await post(ada, { title: "Stays" }), await post(ada, { visibility: "members" })];
  const draft = await post(ada, { title: "Goes", visibility: "draft" });
  await plan(ada);
  await theDayComes();
  const reader = await member();
  for (const path of [published, inside]) {
    const page = await reader.get(path);
    assert.equal(page.status, 200);
    assert.match(page.text, /by a deleted user/);
    assert.doesNotMatch(page.text, new RegExp(`/users/null|More from|${ada.username}`));
    assert.equal((await reader.get(`${path.split("/").slice(0, 3).join("/")}/edit`)).status, 403);
  }
  assert.match((await visitor().get("/posts")).text, /a deleted user/);
  assert.equal((await reader.get(draft)).status, 404);
});

test("if the user removes the posts, they are deleted with the account", async () => {
  const ada = await member();
  const published = await post(ada, { title: "Goes with its author" });
  await plan(ada, { posts: "remove" });
  await theDayComes();
  assert.equal((await visitor().get(published)).status, 404);
  assert.doesNotMatch((await visitor().get("/posts")).text, /Goes with its author/);
});

test("the only superadmin cannot schedule a deletion; one scheduled earlier waits for another superadmin", async () => {
  const ada = await withRole("superadmin");
  const page = await plan(ada);
  assert.equal(page.status, 422);
  assert.match(page.text, /re the only superadmin\. Make someone else a superadmin first/);
  assert.equal((await account(ada)).deletion, null);
  const bob = await withRole("superadmin");
  assert.equal((await plan(ada)).status, 303);
  assert.doesNotMatch((await ada.get("/account/deletion")).text, /only superadmin/);
  assert.equal((await plan(bob)).status, 303, "two superadmins can both schedule it; the second deletion waits");
  await theDayComes();
  const [left, ...others] = await User.find({ username: trusted({ $in: [ada.username, bob.username] }) });
  assert.ok(left && others.length === 0);
  const stays = left.username === ada.username ? ada : bob;
  assert.match((await stays.get("/account/deletion")).text, /You're the only superadmin/);
  await withRole("superadmin");
  await theDayComes();
  assert.equal(await User.countDocuments({ _id: left._id }), 0);
});
