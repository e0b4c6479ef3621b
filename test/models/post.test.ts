import "../support/environment.js";
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import mongoose from "mongoose";
import { findWithAuthor, listPostPage } from "../../src/models/post/lists.js";
import { Post } from "../../src/models/post.js";
import { User } from "../../src/models/user.js";
import "../support/app.js";
import { createdAccount } from "../support/users/accounts.js";
import { newPerson } from "../support/users.js";

const writing = { title: "A gate", body: "In the *wall*.", visibility: "public" } as const;

async function author() {
  const user = await createdAccount(newPerson());
  assert.ok(user);
  return user;
}
const readCount = async (user: User) => (await User.findById(user._id).orFail()).postCount;

test("99 concurrent posts get distinct positions and are all counted", async () => {
  const ada = await author();
  const visibilities = ["public", "members", "draft"] as const;
  let commands = 0;
  const count = ({ commandName }: { commandName: string }) => {
    if (commandName === "findAndModify") commands += 1;
  };
  const client = mongoose.connection.getClient().on("commandStarted", count);
  const all = Array.from({ length: 99 }, (_, n) =>
    Post.write(ada.id, { ...writing, visibility: visibilities[n % 3] ?? "draft" }),
  );
  const places = (await Promise.all(all)).map((post) => post.place);
  client.off("commandStarted", count);
  assert.ok(commands < 10, `they took their numbers with ${commands} commands`);
  const numbers = (list: "public" | "members") =>
    places.map((place) => place?.[list]).filter((number) => number !== undefined);
  assert.equal(new Set(numbers("public")).size, 33);
  assert.equal(new Set(numbers("members")).size, 66);
  assert.equal(await readCount(ada), 99);
});

test("if numbers can't be taken, posts fail, and the next ones get theirs", async () => {
  const ada = await author();
  const counters = mongoose.connection.collection("counters");
  const take = mock.method(
    Object.getPrototypeOf(counters),
    "findOneAndUpdate",
    () => Promise.reject(new Error("gone")),
    {
      times: 1,
    },
  );
  const [first, ...others] = await Promise.allSettled([1, 2, 3].map(() => Post.write(ada.id, writing)));
  take.mock.restore();
  assert.equal(first?.status, "rejected");
  assert.deepEqual(
    others.map(({ status }) => status),
    ["fulfilled", "fulfilled"],
  );
  assert.ok((await Post.write(ada.id, writing)).place?.public);
});

test("several concurrent deletions of a post lower its author's post count once", async () => {
  const ada = await author();
  const post = await Post.write(ada.id, writing);
  await Post.write(ada.id, writing);
  await Promise.all([1, 2, 3].map(() => Post.remove(post._id, () => true)));
  assert.equal(await readCount(ada), 1);
  assert.equal(await Post.revise(post._id, () => writing), null);
});

test("after concurrent changes of visibility, a post has the list positions of exactly one visibility", async () => {
  const ada = await author();
  const { _id } = await Post.write(ada.id, { ...writing, visibility: "draft" });
  for (let round = 0; round < 5; round += 1) {
    const moves = (["public", "members", "draft", "public", "members"] as const).map((visibility) =>
      Post.revise(_id, () => ({ ...writing, visibility })),
    );
    assert.ok((await Promise.all(moves)).every((moved) => moved !== null));
    const post = await Post.findById(_id).lean().orFail();
    const expected = { public: ["members", "public"], members: ["members"], domain: ["domain"], draft: [] }[
      post.visibility
    ];
    assert.deepEqual(Object.keys(post.place ?? {}).sort(), expected, post.visibility);
    assert.equal(post.publishedAt === null, post.visibility === "draft");
  }
});

test("editing a post updates its slug, HTML, excerpt and reading time", async () => {
  const ada = await author();
  const { _id } = await Post.write(ada.id, writing);
  await Post.revise(_id, () => ({ title: "Other words", body: "word ".repeat(460), visibility: "public" }));
  const post = await findWithAuthor(String(_id));
  assert.equal(post?.slug, "other-words");
  assert.equal(post?.readingMinutes, 2);
  assert.match(post?.html ?? "", /^<p>word/);
  assert.match(post?.excerpt ?? "", /^word .*…$/);
  assert.equal(post?.author.username, ada.username);
});

test("a list of posts is read without their text and HTML", async () => {
  const { posts } = await listPostPage("members", 1);
  assert.ok(posts.length > 0);
  for (const post of posts) for (const field of ["body", "html"]) assert.ok(!(field in post), field);
});

test("a malformed id finds no post", async () => {
  for (const id of ["", "x", "0".repeat(23), "g".repeat(24), "A".repeat(24), "0".repeat(25), "[object Object]"]) {
    assert.equal(await findWithAuthor(id), null, id);
  }
});
