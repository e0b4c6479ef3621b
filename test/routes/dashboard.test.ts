import "../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Post } from "../../src/models/post.js";
import { User } from "../../src/models/user.js";
import { domain } from "../support/users/domains.js";
import { member, post, withRole } from "../support/users.js";
import { visitor } from "../support/visitor.js";

test("the dashboard greets the user by name, and shows the time of the previous login", async () => {
  const ada = await member();
  const first = await ada.get("/dashboard");
  assert.match(first.text, new RegExp(`Hello, ${ada.username}`));
  assert.match(first.text, /first visit/);
  const again = visitor();
  await again.submit("/login", { login: ada.email, password: ada.password });
  const second = (await again.get("/dashboard")).text;
  assert.match(second, new RegExp(`Last login: [\\s\\S]*<time datetime="${new Date().toISOString().slice(0, 10)}`));
});

test("the dashboard shows the user's own posts and drafts, and no others", async () => {
  const [ada, bob] = [await member(), await member()];
  await post(ada, { title: "Ada, public" });
  await post(ada, { title: "Ada, draft", visibility: "draft" });
  await post(bob, { title: "Bob, draft", visibility: "draft" });
  const { text } = await ada.get("/dashboard");
  assert.match(text, /Ada, public/);
  assert.match(text, /Ada, draft/);
  assert.doesNotMatch(text, /Bob/);
});

test("the dashboard names and links the domain of a post", async () => {
  const club = await domain("Rope & sail");
  const [ada, bob] = [await withRole("user", club.id), await member()];
  await ada.submit("/posts/new", { title: "Knots", body: "x", visibility: "domain", domain: club.slug }, "/posts");
  await post(bob, { title: "Everywhere" });
  assert.match(
    (await ada.get("/dashboard")).text,
    new RegExp(`<a href="/domains/${club.slug}"[^>]*>Rope &(amp|#38); sail</a>`),
  );
  assert.doesNotMatch((await bob.get("/dashboard")).text, /badge-domain/);
});

test("users who load the dashboard at once each see their own posts", async () => {
  const people = await Promise.all(Array.from({ length: 8 }, () => member()));
  for (const person of people) await post(person, { title: `By ${person.username}.`, visibility: "draft" });
  const pages = await Promise.all(people.flatMap((person) => [person.get("/dashboard"), person.get("/dashboard")]));
  for (const [index, page] of pages.entries()) {
    const own = people[Math.floor(index / 2)]?.username;
    assert.deepEqual(
      page.text.match(/By person\d+\./g),
      [`By ${own}.`, `By ${own}.`].slice(0, page.text.match(/By person\d+\./g)?.length),
    );
    assert.match(page.text, new RegExp(`Hello, ${own}`));
  }
});

test("the dashboard shows the newest posts even if the stored number of posts is far too low", async () => {
  const ada = await member();
  const { id, _id } = await User.findOne({ username: ada.username }).orFail();
  for (let n = 1; n <= 22; n += 1) await Post.write(id, { title: `Post ${n}.`, body: "x", visibility: "draft" });
  await User.collection.updateOne({ _id }, { $set: { postCount: 1 } });
  const { text } = await ada.get("/dashboard");
  assert.equal(text.match(/class="post-summary"/g)?.length, 10);
  assert.match(text, />Post 22\.</);
  assert.match(text, /\/dashboard\?before=/);
});

test("the dashboard has pages for older posts, and a malformed page address gives 404", async () => {
  const ada = await member();
  const { id } = await User.findOne({ username: ada.username }).orFail();
  for (let n = 1; n <= 12; n += 1) await Post.write(id, { title: `Post ${n}.`, body: "x", visibility: "draft" });
  const titles = (text: string) =>
    [...text.matchAll(/class="post-summary-title" dir="auto"><a[^>]*>([^<]*)</g)].map((match) => match[1]);
  const first = await ada.get("/dashboard");
  assert.deepEqual(titles(first.text).slice(0, 2), ["Post 12.", "Post 11."]);
  assert.equal(titles(first.text).length, 10);
  const last = [...first.text.matchAll(/href="\/posts\/([0-9a-f]{24})\/edit"/g)].at(-1)?.[1];
  const older = `/dashboard?before=${last}`;
  assert.deepEqual(titles((await ada.get(older)).text), ["Post 2.", "Post 1."]);
  for (const odd of ["x", "%00", "0", `${"a".repeat(24)}&before=1`])
    assert.equal((await ada.get(`/dashboard?before=${odd}`)).status, 404, odd);
  for (const odd of ["", "&utm_source=x"]) {
    const page = await ada.get(`/dashboard?before=${odd}`);
    assert.equal(page.status, 200, odd);
    assert.equal(titles(page.text)[0], "Post 12.", odd);
    assert.doesNotMatch(page.text, /Newest posts/, "the newest page has no link to itself");
  }
  const bob = await member();
  assert.doesNotMatch((await bob.get(older)).text, /Post \d/, "another user's page address shows none of their posts");
});
