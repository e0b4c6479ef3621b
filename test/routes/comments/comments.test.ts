import "../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Types } from "mongoose";
import { systemActor } from "../../../src/actor.js";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Comment } from "../../../src/models/comment.js";
import { Post } from "../../../src/models/post.js";
import { User } from "../../../src/models/user.js";
import { detachComments } from "../../../src/services/comment/change.js";
import { actAs, type Member, member, post, withRole } from "../../support/users.js";
import { hiddenFields, type Visitor, visitor } from "../../support/visitor.js";

const getId = (url: string) => url.split("/")[2] ?? "";

/** Writes a comment as a user does, and returns its id. */
async function comment(by: Visitor, url: string, body = "Well *said*.") {
  const answer = await by.submit(url, { body }, `/posts/${getId(url)}/comments`);
  assert.equal(answer.status, 303, answer.text);
  return /#comment-([0-9a-f]{24})$/.exec(answer.location ?? "")?.[1] ?? assert.fail(answer.location ?? "");
}
const setVisibility = (author: Member, url: string, visibility: string) =>
  author.submit(`/posts/${getId(url)}/edit`, { title: "A gate", body: "x", visibility }, `/posts/${getId(url)}`);

describe("the comments on a post", () => {
  test("a user comments; everyone reads it below the post, oldest first, with their number", async () => {
    const [ada, bob] = [await member(), await member()];
    const url = await post(ada);
    assert.match((await visitor().get(url)).text, /No comments yet[\s\S]*Log in<\/a> to comment/);
    const first = await comment(bob, url, "First & **bold**");
    await comment(ada, url, "Second");
    const { text } = await visitor().get(url);
    assert.match(text, /<h2[^>]*>2 comments<\/h2>[\s\S]*First &amp; <strong>bold<\/strong>[\s\S]*Second/);
    assert.match(text, new RegExp(`id="comment-${first}"`));
    assert.match(text, new RegExp(`href="/login\\?return_to=${encodeURIComponent(url)}"`));
    assert.match((await visitor().get("/posts")).text, /#comments">2 comments</);
    assert.equal((await visitor().get(`/comments/${first}`)).location, `${url}#comment-${first}`);
  });

  test("Markdown is limited: no headings, tables, pictures or HTML; links are marked", async () => {
    const ada = await member();
    const url = await post(ada);
    const body =
      "# Big\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![x](https://evil.example/x.png) <b>no</b> [y](https://own.example) [z](javascript:alert)";
    await comment(ada, url, body);
    const { text } = await visitor().get(url);
    const shown = text.slice(text.indexOf("comment-text"));
    assert.match(shown, /# Big/);
    assert.match(shown, /<a href="https:\/\/own\.example" rel="noopener noreferrer nofollow ugc">y<\/a>/);
    assert.match(shown, /&lt;b&gt;no&lt;\/b&gt;/);
    assert.doesNotMatch(shown, /<h\d>Big|<table|<img|<b>|href="javascript/);
  });

  test("a page shows twenty; a deleted comment leaves its page shorter, and links to comments stay valid", async () => {
    const ada = await member();
    const url = await post(ada);
    const ids: string[] = [];
    for (let n = 1; n <= 21; n += 1) ids.push(await comment(ada, url, `Number ${n}.`));
    const page = await visitor().get(url);
    assert.equal(page.text.match(/class="comment"/g)?.length, 20);
    assert.match(page.text, /\?page=2#comments"[^>]*>Later comments/);
    assert.equal((await visitor().get(`/comments/${ids[20]}`)).location, `${url}?page=2#comment-${ids[20]}`);
    assert.match((await visitor().get(`${url}?page=2`)).text, /Number 21\./);
    assert.equal((await ada.submit(url, {}, `/comments/${ids[0]}/delete`)).status, 303);
    assert.equal((await visitor().get(`/comments/${ids[20]}`)).location, `${url}?page=2#comment-${ids[20]}`);
    assert.match((await visitor().get(url)).text, />20 comments</);
    assert.equal((await visitor().get(`${url}?page=x`)).status, 404);
  });

  test("an invalid comment comes back with what was typed", async () => {
    const ada = await member();
    const url = await post(ada);
    const action = `/posts/${getId(url)}/comments`;
    for (const [body, message] of [
      ["", /Write a comment\./],
      [" \u200b ", /Write a comment\./],
      ["x".repeat(2_001), /at most 2,000 characters\. You have 2,001/],
      ["nul\0", /invisible control characters/],
    ] as const) {
      const page = await ada.submit(url, { body }, action);
      assert.equal(page.status, 422);
      assert.match(page.text, message);
      assert.match(page.text, /<title>Error: /);
      if (body.startsWith("x")) assert.ok(page.text.includes(body));
    }
    for (const extra of [{ author: "x" }, { hidden: "on" }, { __proto__x: "1" }])
      assert.equal((await ada.submit(url, { body: "Fine", ...extra }, action)).status, 422);
    assert.equal(await Comment.countDocuments({ body: "Fine" }), 0);
    assert.equal((await ada.submit(url, { body: "😀".repeat(2_000) }, action)).status, 303);
  });

  test("a form sent twice, even at once, writes one comment; visitors are asked to log in", async () => {
    const ada = await member();
    const url = await post(ada);
    const action = `/posts/${getId(url)}/comments`;
    const fields = { ...hiddenFields((await ada.get(url)).text, action), body: "Once" };
    const answers = await Promise.all([ada.send(action, fields), ada.send(action, fields)]);
    answers.push(await ada.send(action, fields));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([303]));
    assert.equal(new Set(answers.map(({ location }) => location)).size, 1);
    assert.equal(await Comment.countDocuments({ body: "Once" }), 1);
    assert.equal((await Post.findById(getId(url)).orFail()).commentCount, 1);
    const asked = await visitor().submit("/login", { body: "No" }, action);
    assert.match(`${asked.status} ${asked.text}`, /^401|303 /);
    assert.equal(await Comment.countDocuments({ body: "No" }), 0);
  });
});

describe("one comment", () => {
  test("its author edits it, and two who edit at once do not overwrite each other", async () => {
    const [ada, bob] = [await member(), await member()];
    const url = await post(ada);
    const id = await comment(bob, url, "Before");
    const page = `/comments/${id}/edit`;
    const old = hiddenFields((await bob.get(page)).text, `/comments/${id}`);
    assert.equal((await bob.submit(page, { body: "After" }, `/comments/${id}`)).location, `${url}#comment-${id}`);
    assert.match((await visitor().get(url)).text, /<span>edited<\/span>[\s\S]*After/);
    const conflict = await bob.send(`/comments/${id}`, { ...old, body: "Third" });
    assert.equal(conflict.status, 409);
    assert.match(conflict.text, /Third[\s\S]*After|After[\s\S]*Third/);
    const refused = await bob.submit(page, { body: "" }, `/comments/${id}`);
    assert.equal(refused.status, 422);
    assert.equal((await ada.get(page)).status, 403, "not even the author of the post");
    assert.equal((await ada.submit(url, { body: "Mine" }, `/comments/${id}`)).status, 403);
    assert.equal((await Comment.findById(id).orFail()).body, "After");
  });

  test("who may edit the post hides a comment and shows it again; its author still reads it, and sees what was done", async () => {
    const [ada, bob, editor] = [await member(), await member(), await withRole("editor")];
    const url = await post(ada);
    const id = await comment(bob, url, "Rude words");
    for (const who of [bob, await member()])
      assert.equal((await who.submit(url, {}, `/comments/${id}/hide`)).status, 403);
    assert.equal((await ada.submit(url, {}, `/comments/${id}/hide`)).status, 303);
    const seen = async (who: Visitor) => (await who.get(url)).text;
    assert.match(await seen(visitor()), /Hidden by the author of this post\./);
    for (const who of [visitor(), await member()]) assert.doesNotMatch(await seen(who), /Rude words/);
    for (const who of [bob, ada, editor]) assert.match(await seen(who), /Rude words/);
    assert.equal((await editor.submit(url, {}, `/comments/${id}/unhide`)).status, 303);
    assert.match(await seen(visitor()), /Rude words/);
    await editor.submit(url, {}, `/comments/${id}/hide`);
    assert.match(await seen(visitor()), /Hidden by an editor\./);
    const { id: author } = await User.findOne({ username: bob.username }).orFail();
    const events = (await AuditEvent.find({ user: author }).lean()).map(({ event }) => event);
    assert.deepEqual(events.filter((event) => event.startsWith("comment.")).sort(), [
      "comment.hidden",
      "comment.hidden",
      "comment.shown",
    ]);
    assert.match((await bob.get("/account/activity")).text, /Your comment on a post was hidden\./);
  });

  test("the title of a draft is not shown to the author of a comment that is hidden there", async () => {
    const [ada, bob] = [await member(), await member()];
    const url = await post(ada);
    const id = await comment(bob, url, "Hello");
    const draft = { title: "Layoffs in May", body: "Soon.", visibility: "draft" };
    const address = `/posts/${getId(url)}`;
    assert.equal((await ada.submit(`${address}/edit`, draft, address)).status, 303);
    assert.equal((await ada.submit("/account/password", {}, `/comments/${id}/hide`)).status, 303);
    const activity = (await bob.get("/account/activity")).text;
    assert.match(activity, /Your comment on a post was hidden/);
    assert.doesNotMatch(activity, /Layoffs/);
    assert.equal(await AuditEvent.countDocuments({ "details.title": "Layoffs in May" }), 0);
  });

  test("a comment that a moderator hides while its author is being deleted is removed too", async (t) => {
    const [ada, bob] = [await member(), await member()];
    const url = await post(ada);
    for (const text of ["One", "Two"]) await comment(bob, url, text);
    const stream = Comment.streamByAuthor;
    let isHidden = false;
    t.mock.method(Comment, "streamByAuthor", async function* (author: string) {
      for await (const one of stream(author)) {
        if (!isHidden) await Comment.collection.updateOne({ _id: one._id }, { $set: { hiddenAt: new Date() } });
        isHidden = true;
        yield one;
      }
    });
    await detachComments(systemActor, new Types.ObjectId(bob.id), "remove");
    assert.equal(await Comment.collection.countDocuments({ body: { $in: ["One", "Two"] } }), 0);
    assert.equal((await Post.findById(getId(url)).orFail()).commentCount, 0);
  });

  test("its author deletes it, and a moderator; the author of the post cannot", async () => {
    const [ada, bob, editor] = [await member(), await member(), await withRole("editor")];
    const url = await post(ada);
    const [one, two] = [await comment(bob, url, "One"), await comment(bob, url, "Two")];
    assert.equal((await ada.submit(url, {}, `/comments/${one}/delete`)).status, 403);
    assert.equal((await bob.submit(url, {}, `/comments/${one}/delete`)).location, `${url}#comments`);
    assert.equal((await editor.submit(url, {}, `/comments/${two}/delete`)).status, 303);
    assert.equal(await Comment.countDocuments({ post: getId(url) }), 0);
    assert.equal((await Post.findById(getId(url)).orFail()).commentCount, 0);
    const { id: author } = await User.findOne({ username: bob.username }).orFail();
    assert.equal(await AuditEvent.countDocuments({ user: author, event: "comment.deleted" }), 1);
    assert.equal((await bob.submit(url, {}, `/comments/${one}/delete`)).status, 404);
  });
});

describe("comments have the visibility of their post", () => {
  test("at each read and write, also after it has changed", async () => {
    const [ada, bob] = [await member(), await member()];
    const url = await post(ada, { visibility: "members" });
    const id = await comment(bob, url, "Among us");
    assert.equal((await visitor().get(`/comments/${id}`)).status, 404);
    assert.equal((await bob.get(`/comments/${id}`)).status, 302);
    assert.equal((await setVisibility(ada, url, "draft")).status, 303);
    const eve = await member();
    for (const path of [url, `/comments/${id}/edit`, `/posts/${getId(url)}/comments/new`])
      for (const one of [bob, eve]) assert.equal((await one.get(path)).status, 404, path);
    for (const verb of ["", "/delete", "/hide", "/unhide"])
      assert.equal((await bob.submit("/posts/new", { body: "x" }, `/comments/${id}${verb}`)).status, verb ? 400 : 404);
    for (const one of [eve, visitor()]) assert.equal((await one.get(`/comments/${id}`)).status, 404);
    assert.equal((await eve.submit("/posts/new", {}, `/comments/${id}/delete`)).status, 404);
    assert.equal((await bob.submit("/posts/new", { body: "x" }, `/posts/${getId(url)}/comments`)).status, 404);
    assert.match((await ada.get(url)).text, /Among us/, "the author of the draft still reads it");
    await comment(ada, url, "A note to myself");
    await setVisibility(ada, url, "public");
    assert.match((await visitor().get(url)).text, /Among us[\s\S]*A note to myself/);
  });

  test("the edit form of a post with comments warns its author that new readers see them; others get no such note", async () => {
    const [ada, bob, editor] = [await member(), await member(), await withRole("editor")];
    const url = await post(ada, { visibility: "members" });
    const page = `/posts/${getId(url)}/edit`;
    const warning = /they also see the comments that are already there/;
    assert.doesNotMatch((await ada.get(page)).text, warning);
    await comment(bob, url);
    assert.match((await ada.get(page)).text, warning);
    assert.doesNotMatch((await editor.get(page)).text, warning, "editors cannot change the audience");
  });

  test("users reach and delete their own comment on a post that they can no longer read, and see nothing of the post", async () => {
    const [ada, bob] = [await member(), await member()];
    const url = await post(ada, { visibility: "members" });
    const id = await comment(bob, url, "Among *us*");
    const secret = { title: "Layoffs in May", body: "Soon.", visibility: "draft" };
    await ada.submit(`/posts/${getId(url)}/edit`, secret, `/posts/${getId(url)}`);
    const page = await bob.get(`/comments/${id}`);
    assert.equal(page.status, 200);
    assert.match(page.text, /You can no longer read the post[\s\S]*Among <em>us<\/em>/);
    const answer = await bob.submit(`/comments/${id}`, {}, `/comments/${id}/delete`);
    assert.deepEqual([answer.status, answer.location], [303, "/dashboard"]);
    for (const text of [page.text, (await bob.get("/dashboard")).text])
      assert.doesNotMatch(text, new RegExp(`Layoffs|Soon|${getId(url)}|${ada.username}`));
    assert.equal((await bob.get(`/comments/${id}`)).status, 404);
    const { commentCount } = await Post.findById(getId(url)).orFail();
    assert.deepEqual([await Comment.countDocuments({ _id: id }), commentCount], [0, 0]);
  });

  test("a deleted post takes its comments with it", async () => {
    const [ada, bob] = [await member(), await member()];
    const url = await post(ada);
    const id = await comment(bob, url);
    await ada.submit(`/posts/${getId(url)}/edit`, {}, `/posts/${getId(url)}/delete`);
    assert.equal(await Comment.countDocuments({ _id: id }), 0);
    assert.equal((await bob.get(`/comments/${id}`)).status, 404);
  });

  test("malformed ids give 404", async () => {
    const ada = await member();
    for (const id of ["0", "new", "%00", "a".repeat(24), "%24ne"]) {
      assert.equal((await ada.get(`/comments/${id}`)).status, 404, id);
      assert.equal((await ada.submit("/posts/new", { body: "x" }, `/comments/${id}`)).status, 404, id);
      assert.equal((await ada.submit("/posts/new", { body: "x" }, `/posts/${id}/comments`)).status, 404, id);
    }
  });
});

test("an admin who acts as a user comments in the user's name, and that is recorded", async () => {
  const [admin, ada, bob] = [await withRole("admin"), await member(), await member()];
  const url = await post(ada);
  const user = await actAs(admin, bob);
  const id = await comment(admin, url, "As Bob");
  assert.equal(String((await Comment.findById(id).orFail()).author), user);
  assert.equal(await AuditEvent.countDocuments({ user, event: "impersonation.acted" }), 1);
});
