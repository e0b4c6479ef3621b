import "../../support/environment.js";
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Post } from "../../../src/models/post.js";
import { User } from "../../../src/models/user.js";
import { member, post } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";

const getId = (url: string) => url.split("/")[2] ?? "";

test("the page of a post shows author, date and reading time, but no email", async () => {
  const author = await member();
  const page = await visitor().get(await post(author, { title: "Fish & <chips>", body: "word ".repeat(690) }));
  assert.match(page.text, /<h1 class="post-title" dir="auto">Fish &amp; &lt;chips&gt;<\/h1>/);
  assert.match(page.text, /<title>Fish &amp; &lt;chips&gt; · Postern<\/title>/);
  assert.match(page.text, new RegExp(`href="/users/${author.username}"`));
  assert.match(page.text, new RegExp(`<time datetime="${new Date().toISOString().slice(0, 10)}`));
  assert.match(page.text, /3 min read/);
  assert.ok(!page.text.includes(author.email), "the page shows no email address");
});

test("a post form with errors keeps the input, and nothing is stored", async () => {
  const author = await member();
  const url = await post(author, { title: "As it was" });
  for (const [form, action] of [
    ["/posts/new", "/posts"],
    [`/posts/${getId(url)}/edit`, `/posts/${getId(url)}`],
  ] as const) {
    const page = await author.submit(
      form,
      { title: "", body: "\nkept </textarea><script>", visibility: "members" },
      action,
    );
    assert.equal(page.status, 422);
    assert.match(page.text, /kept &lt;\/textarea&gt;&lt;script&gt;/);
    assert.match(page.text, /value="members"[^>]* checked/);
    assert.match(page.text, /id="title-error"/);
    assert.match(page.text, /<title>Error: /);
  }
  assert.equal(await Post.countDocuments({ title: "As it was", visibility: "public" }), 1);
});

test("an invalid field of a post shows a message that says what to do", async () => {
  const author = await member();
  const good = { title: "A gate", body: "In the wall.", visibility: "public" };
  const mistakes: [Record<string, string>, RegExp][] = [
    [{ title: "" }, /Give the post a title/],
    [{ title: " \t " }, /Give the post a title/],
    [{ title: "a".repeat(151) }, /at most 150 characters\. You have 151/],
    [{ title: "two\nlines" }, /on one line/],
    [{ title: "evil\u001btxt" }, /invisible control characters/],
    [{ title: "nul\0" }, /invisible control characters/],
    [{ body: "" }, /Write some text/],
    [{ body: "b".repeat(10_001) }, /at most 10,000 characters/],
    [{ visibility: "" }, /Choose who can read this/],
    [{ visibility: "everyone" }, /Choose who can read this/],
    [{ visibility: "__proto__" }, /Choose who can read this/],
    [{ author: "000000000000000000000000" }, /unexpected field/],
    [{ publishedAt: "1999-01-01" }, /unexpected field/],
  ];
  const before = await Post.countDocuments();
  for (const [mistake, message] of mistakes) {
    const page = await author.submit("/posts/new", { ...good, ...mistake }, "/posts");
    assert.equal(page.status, 422, JSON.stringify(mistake).slice(0, 60));
    assert.match(page.text, message);
  }
  assert.equal(await Post.countDocuments(), before);
});

test("the longest allowed title and text are accepted, counted in visible characters", async () => {
  const author = await member();
  const url = await post(author, { title: "😀".repeat(150), body: "x".repeat(10_000) });
  assert.equal((await visitor().get(url)).status, 200);
});

test("Markdown in a post is rendered, and harmful HTML is shown as text", async () => {
  const author = await member();
  const body = [
    "# Big\n\nsome **bold** text, [a link](https://example.org)",
    "<script>alert(1)</script> <img src=x onerror=alert(1)>",
    "[click](javascript:alert(1)) [data](data:text/html,x) ![pixel](https://evil.example/p.png)",
  ].join("\n\n");
  const { text } = await visitor().get(await post(author, { body }));
  const drawn = text.slice(text.indexOf('class="prose"'), text.indexOf("</article>"));
  assert.match(drawn, /<h2>Big<\/h2>/);
  assert.match(drawn, /<strong>bold<\/strong>/);
  assert.match(drawn, /<a href="https:\/\/example.org" rel="noopener noreferrer nofollow ugc">a link<\/a>/);
  assert.doesNotMatch(drawn, /<script|<img|href="(javascript|data)/i);
  assert.match(drawn, /&lt;script&gt;/, "the script is shown as text");
});

test("after concurrent edits, one is stored completely, and the lists match it", async () => {
  const author = await member();
  const url = await post(author, { title: "Race", visibility: "draft" });
  const tries = ["public", "members", "draft", "public", "members", "draft"].map((visibility, n) =>
    author.submit("/posts/new", { title: `Race ${n}`, body: `text ${n}`, visibility }, `/posts/${getId(url)}`),
  );
  for (const answer of await Promise.all(tries)) assert.equal(answer.status, 303);
  const winner = await Post.findById(getId(url)).orFail();
  assert.equal(winner.body, `text ${winner.title.slice(5)}`);
  assert.equal(winner.place?.public !== undefined, winner.visibility === "public");
  assert.equal(winner.place?.members !== undefined, winner.visibility !== "draft");
  assert.equal(winner.publishedAt !== null, winner.visibility !== "draft");
});

test("editing a post while it is being deleted does not bring it back", async () => {
  const author = await member();
  const url = await post(author);
  const [edit, deletion] = await Promise.all([
    author.submit("/posts/new", { title: "Edited", body: "x", visibility: "public" }, `/posts/${getId(url)}`),
    author.submit("/posts/new", {}, `/posts/${getId(url)}/delete`),
  ]);
  assert.ok([303, 404].includes(edit.status), String(edit.status));
  assert.equal(deletion.status, 303);
  assert.equal(await Post.countDocuments({ _id: getId(url) }), 0);
});

test("a user who is disabled while writing a post cannot save it", async () => {
  const author = await member();
  await author.get("/posts/new");
  await (await User.findOne({ username: author.username }).orFail()).disable();
  const page = await author.submit("/login", { title: "Late", body: "x", visibility: "public" }, "/posts");
  assert.equal(page.location, "/login");
  assert.equal(await Post.countDocuments({ title: "Late" }), 0);
});

test("a text of ten thousand characters in any script is accepted, and one more shows an error at the field", async () => {
  const ada = await member();
  const fields = { title: "Long", visibility: "draft", body: "漢".repeat(10_000) };
  assert.equal((await ada.submit("/posts/new", fields, "/posts")).status, 303);
  const tooLong = await ada.submit("/posts/new", { ...fields, body: `${fields.body}字` }, "/posts");
  assert.equal(tooLong.status, 422);
  assert.match(tooLong.text, /at most 10,000 characters/);
});

test("after a failed edit, the next page does not say that changes were saved", async () => {
  const author = await member();
  const url = await post(author);
  const gone = mock.method(Post, "revise", async () => null);
  const fields = { title: "Edited", body: "x", visibility: "public" };
  const answer = await author.submit("/posts/new", fields, `/posts/${getId(url)}`);
  gone.mock.restore();
  assert.equal(answer.status, 404);
  assert.doesNotMatch((await author.get("/")).text, /Changes saved/);
});

test("a post that contains only link definitions is stored, and its page opens", async () => {
  const author = await member();
  const url = await post(author, { title: "Only a link", body: "[a]: b" });
  assert.equal((await visitor().get(url)).status, 200);
});
