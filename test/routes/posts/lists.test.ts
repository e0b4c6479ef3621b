import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Post } from "../../../src/models/post.js";
import { User } from "../../../src/models/user.js";
import { member, post } from "../../support/users.js";
import { type Visitor, visitor } from "../../support/visitor.js";

const getId = (url: string) => url.split("/")[2] ?? "";

/** Returns the titles of a list, from the top. */
async function titles(reader: Visitor, path = "/posts"): Promise<string[]> {
  const page = await reader.get(path);
  assert.equal(page.status, 200, path);
  return [...page.text.matchAll(/class="post-summary-title" dir="auto"><a href="[^"]*">([^<]*)</g)].map(
    (match) => match[1] ?? "",
  );
}

test("lists show each reader the posts they may see, newest first, even after a change of visibility", async () => {
  const author = await member();
  const other = await member();
  const everyone = visitor();
  await post(author, { title: "First" });
  await post(author, { title: "Second", visibility: "members" });
  const url = await post(author, { title: "Third", visibility: "draft" });
  const move = (visibility: string) =>
    author.submit("/posts/new", { title: "Third", body: "x", visibility }, `/posts/${getId(url)}`);

  const lists = async () => [await titles(everyone), await titles(other)];
  assert.deepEqual(await lists(), [["First"], ["Second", "First"]]);
  assert.deepEqual(await titles(author), ["Second", "First"], "drafts appear on the dashboard, not in the lists");
  assert.deepEqual(await titles(author, "/dashboard"), ["Third", "Second", "First"]);
  await move("members");
  assert.deepEqual(await lists(), [["First"], ["Third", "Second", "First"]]);
  await post(author, { title: "Fourth" });
  await move("public");
  assert.deepEqual(
    await lists(),
    [
      ["Third", "Fourth", "First"],
      ["Third", "Fourth", "Second", "First"],
    ],
    "a post with a wider audience moves to the top",
  );
  await post(author, { title: "Fifth" });
  await move("members");
  assert.deepEqual(
    await lists(),
    [
      ["Fifth", "Fourth", "First"],
      ["Fifth", "Third", "Fourth", "Second", "First"],
    ],
    "a post with a narrower audience keeps its position",
  );
  await move("draft");
  assert.deepEqual(await lists(), [
    ["Fifth", "Fourth", "First"],
    ["Fifth", "Fourth", "Second", "First"],
  ]);
  await move("public");
  assert.deepEqual(await lists(), [
    ["Third", "Fifth", "Fourth", "First"],
    ["Third", "Fifth", "Fourth", "Second", "First"],
  ]);
  assert.deepEqual((await titles(everyone, "/")).slice(0, 3), ["Third", "Fifth", "Fourth"]);
});

test("editing a post without changing its audience keeps the publication date", async () => {
  const author = await member();
  const url = await post(author, { title: "Dated" });
  const before = await Post.findById(getId(url)).orFail();
  await author.submit("/posts/new", { title: "Dated again", body: "x", visibility: "public" }, `/posts/${getId(url)}`);
  const after = await Post.findById(getId(url)).orFail();
  assert.deepEqual(after.publishedAt, before.publishedAt);
  assert.equal(after.place?.public, before.place?.public);
  assert.equal(after.place?.members, before.place?.members);
  assert.notDeepEqual(after.updatedAt, before.updatedAt);
});

test("pages contain every post once, and an invalid page number gives 404", async () => {
  const author = await User.findOne().orFail();
  const known = await Post.countDocuments({ visibility: "public" });
  for (let n = known + 1; n <= 45; n += 1)
    await Post.write(author.id, { title: `Post ${n}`, body: "x", visibility: "public" });
  const everyone = visitor();
  const pages = [
    await titles(everyone),
    await titles(everyone, "/posts?page=2"),
    await titles(everyone, "/posts?page=3"),
  ];
  assert.deepEqual(
    pages.map((page) => page.length),
    [20, 20, 5],
  );
  assert.equal(new Set(pages.flat()).size, 45);
  assert.equal(pages[0]?.[0], "Post 45");
  const position = async (query: string) => /Page \d+ of \d+/.exec((await everyone.get(`/posts?${query}`)).text)?.[0];
  for (const first of ["", "page=", "page[]=2", "page[a]=2", "__proto__=2", "utm_source=x"])
    assert.equal(await position(first), "Page 1 of 3", first);
  for (const odd of [
    "page=-1",
    "page=0",
    "page=1.5",
    "page=1e309",
    "page=NaN",
    "page=9007199254740993",
    "page=1&page=2",
    "page=%00",
    "page=two",
  ])
    assert.equal((await everyone.get(`/posts?${odd}`)).status, 404, odd);
  for (const last of ["page=3", "page=4", "page=999999999"]) assert.equal(await position(last), "Page 3 of 3", last);
  const middle = (await everyone.get("/posts?page=2")).text;
  assert.match(middle, /href="\/posts" rel="prev"/, "the first page has one address only");
  assert.match(middle, /href="\/posts\?page=3" rel="next"/);
  assert.doesNotMatch((await everyone.get("/posts?page=3")).text, /rel="next"/);
});

test("deleting a post shortens its page by one and leaves the other pages unchanged", async () => {
  const everyone = visitor();
  const second = await titles(everyone, "/posts?page=2");
  const top = (await titles(everyone))[0] ?? "";
  await Post.deleteOne({ title: top });
  assert.equal((await titles(everyone)).length, 19);
  assert.deepEqual(await titles(everyone, "/posts?page=2"), second);
});

test("if all posts of a page are deleted, the list and the home page begin with the remaining ones", async () => {
  const everyone = visitor();
  const second = await titles(everyone, "/posts?page=2");
  for (const title of await titles(everyone)) await Post.deleteOne({ title });
  assert.deepEqual(await titles(everyone), second);
  const { text } = await everyone.get("/posts");
  assert.match(text, /Page 2 of 3/);
  assert.doesNotMatch(text, /rel="prev"/);
  assert.match(text, /href="\/posts\?page=3" rel="next"/);
  for (const title of await titles(everyone, "/posts?page=3")) await Post.deleteOne({ title });
  assert.match((await everyone.get("/posts?page=3")).text, /No posts on this page/);
  assert.deepEqual(await titles(everyone, "/"), second.slice(0, 3));
  const home = (await everyone.get("/")).text;
  assert.doesNotMatch(home, /No posts yet/);
  assert.match(home, /All posts/);
});
