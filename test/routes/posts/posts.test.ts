import "../../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Post } from "../../../src/models/post.js";
import { type Member, member, post } from "../../support/users.js";
import { type Visitor, visitor } from "../../support/visitor.js";

const getId = (url: string) => url.split("/")[2] ?? "";

describe("who may see, read and change a post", () => {
  const readers: Record<string, Visitor> = {};
  const urls: Record<string, string> = {};

  before(async () => {
    const author = await member();
    Object.assign(readers, { visitor: visitor(), other: await member(), author });
    for (const visibility of ["public", "members", "draft"]) {
      urls[visibility] = await post(author, { title: `Only ${visibility}`, body: "secret words", visibility });
    }
  });

  const hidden = 404;
  const login = 303;
  const rules: [string, string, { read: number; edit: number; change: number }][] = [
    ["public", "visitor", { read: 200, edit: login, change: login }],
    ["public", "other", { read: 200, edit: 403, change: 403 }],
    ["public", "author", { read: 200, edit: 200, change: 303 }],
    ["members", "visitor", { read: hidden, edit: login, change: login }],
    ["members", "other", { read: 200, edit: 403, change: 403 }],
    ["members", "author", { read: 200, edit: 200, change: 303 }],
    ["draft", "visitor", { read: hidden, edit: login, change: login }],
    ["draft", "other", { read: hidden, edit: hidden, change: hidden }],
    ["draft", "author", { read: 200, edit: 200, change: 303 }],
  ];

  for (const [visibility, who, may] of rules) {
    test(`${visibility} post: ${who} gets ${may.read} to read, ${may.edit} for the form, ${may.change} to change`, async () => {
      const reader = readers[who] as Visitor;
      const url = urls[visibility] ?? "";
      const form = who === "visitor" ? "/login" : "/posts/new";
      const read = await reader.get(url);
      assert.equal(read.status, may.read);
      assert.equal(read.text.includes("secret words"), may.read === 200);
      assert.equal(read.text.includes(`Only ${visibility}`), may.read === 200);
      assert.equal(read.text.includes("/edit"), who === "author", "only the author sees the link to edit");
      assert.equal(
        (await reader.get(`/posts/${getId(url)}`)).status,
        may.read === 200 ? 301 : may.read,
        "the address without the slug",
      );
      assert.equal((await reader.get(`/posts/${getId(url)}/edit`)).status, may.edit);
      const fields = { title: `Only ${visibility}`, body: "secret words", visibility };
      assert.equal((await reader.submit(form, fields, `/posts/${getId(url)}`)).status, may.change);
      const wrong = await reader.submit(form, { ...fields, title: "" }, `/posts/${getId(url)}`);
      assert.equal(
        wrong.status,
        may.change === 303 && who === "author" ? 422 : may.change,
        "a form with errors reveals nothing more",
      );
      if (who === "author") return;
      assert.equal((await reader.submit(form, {}, `/posts/${getId(url)}/delete`)).status, may.change);
      assert.equal(await Post.countDocuments({ _id: getId(url), title: `Only ${visibility}` }), 1);
    });
  }

  test("a deleted post gives 404 even for its author, and cannot be deleted or changed again", async () => {
    const author = readers.author as Member;
    const url = await post(author);
    const again = { title: "Back", body: "from the dead", visibility: "public" };
    assert.equal((await author.submit("/posts/new", {}, `/posts/${getId(url)}/delete`)).location, "/dashboard");
    assert.equal((await author.get(url)).status, 404);
    assert.equal((await author.submit("/posts/new", {}, `/posts/${getId(url)}/delete`)).status, 404);
    assert.equal((await author.submit("/posts/new", again, `/posts/${getId(url)}`)).status, 404);
    assert.equal(await Post.countDocuments({ _id: getId(url) }), 0);
  });
});

test("an address with the id of a post and a wrong slug redirects to the correct one", async () => {
  const author = await member();
  const url = await post(author, { title: "Ein großes Tor: ganz & gar!" });
  assert.match(url, /^\/posts\/[0-9a-f]{24}\/ein-grosses-tor-ganz-and-gar$/);
  for (const words of ["", "/", "/wrong", "/%00", "/EIN", "/..%2f..%2fetc"]) {
    const page = await visitor().get(`/posts/${getId(url)}${words}`);
    assert.equal(page.status, 301, words);
    assert.equal(page.location, url);
  }
});

test("a post whose slug is empty or looks like another address can be read", async () => {
  const author = await member();
  for (const title of ["Edit", "edit!", "Delete", "New", "…", "日本", "__proto__", "a".repeat(150)]) {
    const url = await post(author, { title });
    const page = await visitor().get(url);
    assert.equal(page.status, 200, `${title} ${url} ${page.location}`);
    assert.ok(page.text.includes(`<h1 class="post-title" dir="auto">${title}</h1>`), title);
  }
});

test("a malformed or unknown post id gives 404", async () => {
  const odd = [
    "0",
    "new/x",
    "null",
    "[object%20Object]",
    "%00",
    "a".repeat(24),
    "zzzzzzzzzzzzzzzzzzzzzzzz",
    "%F0%9F%98%80",
    "..%2f",
    "1".repeat(5000),
  ];
  for (const id of odd) assert.equal((await visitor().get(`/posts/${id}`)).status, 404, id);
  const ada = await member();
  for (const id of odd) assert.equal((await ada.submit("/posts/new", {}, `/posts/${id}/delete`)).status, 404, id);
  for (const id of odd) assert.equal((await ada.get(`/posts/${id}/edit`)).status, 404, id);
});
