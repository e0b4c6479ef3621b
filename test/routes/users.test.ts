import "../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Post } from "../../src/models/post.js";
import { User } from "../../src/models/user.js";
import { member, post } from "../support/users.js";
import { visitor } from "../support/visitor.js";

test("an author's page shows each reader the posts they may read, and no email", async () => {
  const ada = await member();
  for (const visibility of ["public", "members", "draft"]) await post(ada, { title: `For ${visibility}.`, visibility });
  const shown = async (reader = visitor()) => {
    const { text } = await reader.get(`/users/${ada.username.toUpperCase()}`);
    assert.ok(!text.includes(ada.email));
    return ["public", "members", "draft"].filter((visibility) => text.includes(`For ${visibility}.`));
  };
  assert.deepEqual(await shown(), ["public"]);
  assert.deepEqual(await shown(await member()), ["public", "members"]);
  assert.deepEqual(await shown(ada), ["public", "members"], "drafts appear only on the dashboard");
});

test("only the user sees a link to edit their own profile", async () => {
  const ada = await member();
  await post(ada);
  assert.match((await ada.get(`/users/${ada.username}`)).text, /Edit profile/);
  assert.doesNotMatch((await (await member()).get(`/users/${ada.username}`)).text, /Edit profile|\/edit"/);
});

test("the byline of a post by a disabled user does not link to their page", async () => {
  const ada = await member();
  const url = await post(ada, { title: "By someone who was disabled" });
  const link = `href="/users/${ada.username}"`;
  for (const page of ["/", "/posts", url]) assert.ok((await visitor().get(page)).text.includes(link), page);
  await (await User.findOne({ username: ada.username }).orFail()).disable();
  for (const page of ["/", "/posts", url]) {
    const { text } = await visitor().get(page);
    assert.ok(text.includes(`by ${ada.username}`), page);
    assert.ok(!text.includes(link), page);
  }
});

test("an unknown, disabled or malformed username gives 404", async () => {
  const ada = await member();
  await (await User.findOne({ username: ada.username }).orFail()).disable();
  const odd = [
    "nobody",
    ada.username,
    "%00",
    "__proto__",
    "%F0%9F%98%80",
    "a%2Fb",
    "x".repeat(5000),
    "$ne",
    ".",
    "[object%20Object]",
  ];
  for (const name of odd) assert.equal((await visitor().get(`/users/${name}`)).status, 404, name);
});

test("a username with invisible or look-alike characters gives 404", async () => {
  const { username } = await member();
  for (const name of [`${username}%00`, `${username}%C2%AD`, `${username}%E2%80%8B`, `%EF%BD%90${username.slice(1)}`]) {
    assert.equal((await visitor().get(`/users/${name}`)).status, 404, name);
  }
  assert.equal((await visitor().get(`/users/${username}`)).status, 200);
});

test("an author's page has pages for older posts, and an invalid number gives 404", async () => {
  const ada = await member();
  const { id } = await User.findOne({ username: ada.username }).orFail();
  for (let n = 1; n <= 22; n += 1) await Post.write(id, { title: `Post ${n}.`, body: "x", visibility: "public" });
  const page = await visitor().get(`/users/${ada.username}`);
  const older = /href="([^"]*before=\d+)" rel="next"/.exec(page.text)?.[1] ?? "";
  const second = await visitor().get(older);
  assert.deepEqual(
    second.text.match(/Post \d+\./g)?.filter((title, at, all) => all.indexOf(title) === at),
    ["Post 2.", "Post 1."],
  );
  assert.match(second.text, new RegExp(`href="/users/${ada.username}" rel="prev"`));
  for (const odd of ["0", "x", "-1", "1.5", "1e309", "NaN", "1&before=2"])
    assert.equal((await visitor().get(`/users/${ada.username}?before=${odd}`)).status, 404, odd);
  for (const odd of ["", "&utm_source=x"]) {
    const same = await visitor().get(`/users/${ada.username}?before=${odd}`);
    assert.equal(same.status, 200);
    assert.match(same.text, /Post 22\./, odd);
  }
});

test("HTML in a profile is shown as text", async () => {
  const ada = await member();
  await ada.submit("/account/profile", { bio: 'Likes <b>gates</b> & "walls"' });
  const { text } = await visitor().get(`/users/${ada.username}`);
  assert.match(text, /Likes &lt;b&gt;gates&lt;\/b&gt; &amp; &#34;walls&#34;/);
  assert.doesNotMatch(text, /<b>gates/);
});
