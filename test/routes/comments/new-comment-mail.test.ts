import "../../support/settings/limits.js";
import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { findWithAuthor } from "../../../src/models/post/lists.js";
import { Post } from "../../../src/models/post.js";
import { User } from "../../../src/models/user.js";
import { writeComment } from "../../../src/services/comment/write.js";
import { origin } from "../../support/app.js";
import { allJobsDone } from "../../support/jobs/waiting.js";
import { linkIn, mailAbout, mailsTo } from "../../support/mailbox.js";
import { account } from "../../support/users/accounts.js";
import { acting } from "../../support/users/actors.js";
import { newPerson } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";

const HOURS = 3_600_000;

async function setUp() {
  const [ada, bob] = [await account(), await account()];
  const find = ({ username }: { username: string }) => User.findOne({ username }).orFail();
  const [author, commenter] = [await find(ada), await find(bob)];
  const write = async () => {
    const { _id } = await Post.write(author.id, { title: "A gate", body: "x", visibility: "public" });
    return String(_id);
  };
  const comment = async (post: string, by = commenter) =>
    writeComment(acting(by), (await findWithAuthor(post)) ?? assert.fail(), "Buy <b>now</b> at http://evil.example");
  const count = async () => {
    await allJobsDone();
    return (await mailsTo(ada.email)).filter(({ subject }) => /New comment/.test(subject)).length;
  };
  return { ada, bob, author, commenter, write, comment, count };
}

test("the author gets an email about another user's comment, without its words; at most one an hour for each post", async () => {
  const { ada, bob, author, write, comment, count } = await setUp();
  const [post, other] = [await write(), await write()];
  await comment(post, author);
  assert.equal(await count(), 0, "not about their own comments");
  const first = await comment(post);
  for (let n = 0; n < 5; n += 1) await comment(post);
  assert.equal(await count(), 1);
  const { text, html } = await mailAbout(ada.email, /New comment/);
  assert.match(text, new RegExp(`${bob.username} commented on one of your posts`));
  assert.match(text.replace(/\s+/g, " "), /there may be more comments/);
  assert.ok(text.includes(`/comments/${first.comment._id}`));
  assert.doesNotMatch(text + html, /evil|Buy/);
  await comment(other);
  assert.equal(await count(), 2, "about another post");
  await Post.updateOne({ _id: post }, { $set: { "commentMail.at": new Date(Date.now() - 1 * HOURS) } });
  await comment(post);
  assert.equal(await count(), 3, "an hour later");
});

test("an author with many posts gets at most ten an hour", async () => {
  const { write, comment, count } = await setUp();
  for (let n = 0; n < 12; n += 1) await comment(await write());
  assert.equal(await count(), 10);
});

test("an email program turns the emails off with one POST, without cookies; opening the link changes nothing", async () => {
  const { ada, author, write, comment, count } = await setUp();
  await comment(await write());
  const link = linkIn(await mailAbout(ada.email, /New comment/), "/unsubscribe/");
  const isOff = async () => Boolean((await User.findById(author.id).orFail()).commentMailsOffAt);
  const page = await visitor().get(link);
  assert.equal(page.status, 200);
  assert.match(page.text, /Turn off<\/button>/);
  assert.equal(await isOff(), false);
  const send = (body: BodyInit, headers = {}) =>
    fetch(origin + link, { method: "POST", body, headers, redirect: "manual" });
  const form = new FormData();
  form.set("List-Unsubscribe", "One-Click");
  for (const body of [new URLSearchParams({ "List-Unsubscribe": "One-Click" }), form]) {
    await author.setCommentMails(true);
    const answer = await send(body);
    assert.deepEqual([answer.status, answer.headers.get("set-cookie")], [200, null]);
    assert.equal(await isOff(), true);
  }
  assert.match((await visitor().get(link)).text, /These emails are turned off/);
  await comment(await write());
  assert.equal(await count(), 1);
  await author.setCommentMails(true);
  assert.equal((await visitor().submit(link, {})).location, link, "the button of the page");
  assert.equal(await isOff(), true);
});

test("a link that we did not sign is refused, and so is one for another user", async () => {
  const { ada, author, commenter, write, comment } = await setUp();
  await comment(await write());
  const link = linkIn(await mailAbout(ada.email, /New comment/), "/unsubscribe/");
  const other = link.replace(author.id, commenter.id);
  for (const wrong of [
    other,
    `${link}x`,
    link.slice(0, -1),
    "/unsubscribe/x",
    `/unsubscribe/${author.id}-${"a".repeat(32)}`,
  ]) {
    assert.equal((await visitor().get(wrong)).status, 404, wrong);
    assert.equal((await fetch(origin + wrong, { method: "POST" })).status, 404, wrong);
  }
  for (const one of [author, commenter]) assert.equal((await User.findById(one.id).orFail()).commentMailsOffAt, null);
});

test("after a change of address, the link in the old mailbox does nothing, and a new email has a new one", async () => {
  const { ada, author, write, comment } = await setUp();
  await comment(await write());
  const old = linkIn(await mailAbout(ada.email, /New comment/), "/unsubscribe/");
  const { email } = newPerson();
  assert.equal(await author.changeEmail(email), "done");
  assert.equal((await visitor().get(old)).status, 404);
  assert.equal((await fetch(origin + old, { method: "POST" })).status, 404);
  const isOff = async () => Boolean((await User.findById(author.id).orFail()).commentMailsOffAt);
  assert.equal(await isOff(), false);
  await comment(await write());
  const now = linkIn(await mailAbout(email, /New comment/), "/unsubscribe/");
  assert.equal((await visitor().submit(now, {})).location, now);
  assert.equal(await isOff(), true);
});

test("the page of the account turns them off and on", async () => {
  const { ada, author } = await setUp();
  const browser = visitor();
  await browser.submit("/login", { login: ada.username, password: ada.password });
  const page = "/account/notifications";
  assert.match((await browser.get(page)).text, /name="comments"[^>]* checked/);
  assert.equal((await browser.submit(page, {})).status, 303);
  assert.ok((await User.findById(author.id).orFail()).commentMailsOffAt);
  assert.doesNotMatch((await browser.get(page)).text, /name="comments"[^>]* checked/);
  assert.equal((await browser.submit(page, { comments: "yes" })).status, 422);
  await browser.submit(page, { comments: "on" });
  assert.equal((await User.findById(author.id).orFail()).commentMailsOffAt, null);
});
