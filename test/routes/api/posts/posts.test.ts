import "../../../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { config } from "../../../../src/config/index.js";
import { Post } from "../../../../src/models/post.js";
import { type ApiMember, apiMember, apiPost, writing } from "../../../support/api/users.js";
import type { Answered } from "../../../support/api.js";
import { visitor } from "../../../support/visitor.js";

const { origin } = config.baseUrl;
const titles = ({ body }: Answered) => (body.data as { title: string }[]).map(({ title }) => title);
/** Returns the address with this relation in the Link header, as a path below /api/v1. */
const linkTo = (rel: string, { headers }: Answered) =>
  new RegExp(`<${origin}/api/v1([^>]*)>; rel="${rel}"`).exec(headers.get("link") ?? "")?.[1] ?? null;

test("the address of a post is a URI, whatever the script of its title", async () => {
  const ada = await apiMember();
  const { body } = await ada.api.post("/posts", { ...writing, title: "門の話" });
  assert.match(body.url, /\/%E9%96%80%E3%81%AE%E8%A9%B1$/);
  assert.equal((await visitor().get(new URL(body.url).pathname)).status, 200);
});

test("a client can create, read, list, edit and delete a post, and its page shows the same", async () => {
  const ada = await apiMember();
  const written = await ada.api.post("/posts", { ...writing, title: "Über uns" });
  assert.equal(written.status, 201, JSON.stringify(written.body));
  const { id, url, html, author, publishedAt } = written.body;
  assert.equal(written.headers.get("location"), `${origin}/api/v1/posts/${id}`);
  assert.match(html, /<em>wall<\/em>/);
  assert.deepEqual(author, { id: ada.id, username: ada.username });
  assert.ok(publishedAt);
  const page = await visitor().get(new URL(url).pathname);
  assert.equal(page.status, 200);
  assert.match(page.text, /Über uns/);

  const read = await ada.api.get(`/posts/${id}`);
  assert.deepEqual(read.body, written.body);
  assert.equal(read.headers.get("etag"), written.headers.get("etag"));
  assert.equal((await ada.api.get(`/posts/${id}`, { "if-none-match": read.headers.get("etag") ?? "" })).status, 304);
  const brief = await ada.api.get(`/posts/${id}?fields=title,body`);
  assert.deepEqual(brief.body, { title: "Über uns", body: "In the *wall*." });
  assert.equal(brief.headers.get("etag"), read.headers.get("etag"), "the ETag is that of the complete post");

  const changed = await ada.api.patch(`/posts/${id}`, { title: "About us" });
  assert.equal(changed.status, 200);
  assert.deepEqual(
    [changed.body.title, changed.body.body],
    ["About us", "In the *wall*."],
    "fields that were not sent are unchanged",
  );
  assert.equal(changed.body.publishedAt, publishedAt);
  assert.equal(changed.headers.get("etag"), (await ada.api.get(`/posts/${id}`)).headers.get("etag"));
  assert.equal((await ada.api.patch(`/posts/${id}`, { visibility: "draft" })).body.publishedAt, null);
  assert.equal((await ada.api.delete(`/posts/${id}`)).status, 204);
  for (const gone of [await ada.api.get(`/posts/${id}`), await ada.api.delete(`/posts/${id}`)])
    assert.equal(gone.status, 404);
});

describe("invalid input gives 422 and points to the error", () => {
  let ada: ApiMember;
  let address: string;
  before(async () => {
    ada = await apiMember();
    address = `/posts/${(await apiPost(ada)).id}`;
  });

  const bodies: [string, "post" | "patch", unknown, string[]][] = [
    ["an empty body", "post", {}, ["#/title", "#/body", "#/visibility"]],
    ["an invisible title", "post", { ...writing, title: " \u200b " }, ["#/title"]],
    ["a title on two lines", "post", { ...writing, title: "A\nB" }, ["#/title"]],
    ["a title that is too long", "post", { ...writing, title: "a".repeat(151) }, ["#/title"]],
    ["a text that is too long", "post", { ...writing, body: "a".repeat(10_001) }, ["#/body"]],
    ["a number for a title", "post", { ...writing, title: 7 }, ["#/title"]],
    ["an operator instead of a text", "post", { ...writing, body: { $gt: "" } }, ["#/body"]],
    ["an unknown visibility", "post", { ...writing, visibility: "everyone" }, ["#/visibility"]],
    ["internal fields", "post", { ...writing, author: "0".repeat(24), html: "<b>" }, ["#/author", "#/html"]],
    ["a name with a slash", "post", { ...writing, "a/b~c": 1 }, ["#/a~1b~0c"]],
    ['a domain without the visibility "domain"', "post", { ...writing, domain: "club" }, ["#/domain"]],
    ["an unknown domain", "post", { ...writing, visibility: "domain", domain: "club" }, ["#/domain"]],
    ["a domain for a post outside of domains", "patch", { domain: "club" }, ["#/domain"]],
    ["a domain that the user is not a member of", "patch", { visibility: "domain", domain: "club" }, ["#/domain"]],
    ["no change", "patch", {}, ["#"]],
    ["an empty title", "patch", { title: "" }, ["#/title"]],
    ["null for a title", "patch", { title: null }, ["#/title"]],
    ["a list", "post", [], ["#"]],
  ];
  for (const [what, method, body, pointers] of bodies) {
    test(`${what} gives 422`, async () => {
      const { status, body: problem } = await ada.api.call(
        method.toUpperCase(),
        method === "post" ? "/posts" : address,
        body,
      );
      assert.equal(status, 422, JSON.stringify(problem));
      assert.deepEqual(
        problem.errors.map(({ pointer }: { pointer: string }) => pointer),
        pointers,
      );
    });
  }

  const queries: [string, string][] = [
    ["fields=passwordHash", "fields"],
    ["fields=body", "fields"],
    ["fields=title,__proto__", "fields"],
    ["own=yes", "own"],
    ["own=true&author=ada", "author"],
    ["cursor=x", "cursor"],
    ["cursor=-1", "cursor"],
    ["own=true&cursor=17", "cursor"],
    ["page=51", "page"],
    ["page=11&limit=100", "page"],
    ["author=a&author=b", "author"],
  ];
  for (const [query, parameter] of queries) {
    test(`GET /posts?${query} gives 422`, async () => {
      const { status, body } = await ada.api.get(`/posts?${query}`);
      assert.equal(status, 422);
      assert.deepEqual(
        body.errors.map((one: { parameter: string }) => one.parameter),
        [parameter],
      );
    });
  }

  test("malformed JSON, another content type or a body that is too large gives an error", async () => {
    assert.equal((await ada.api.call("POST", "/posts", "{")).status, 400);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    assert.equal((await ada.api.call("POST", "/posts", "title=x", headers)).status, 415);
    assert.equal((await ada.api.post("/posts", { ...writing, body: "a".repeat(200_000) })).status, 413);
  });
});

describe("lists", () => {
  let ada: ApiMember;
  let bob: ApiMember;
  const TOTAL = 45;
  before(async () => {
    await Post.deleteMany();
    [ada, bob] = [await apiMember(), await apiMember()];
    const visibilities = ["public", "members"] as const;
    for (let n = 1; n <= TOTAL; n += 1)
      await Post.write(n % 3 ? ada.id : bob.id, {
        ...{ title: `Post ${n}`, body: "x", visibility: visibilities[n % 2] ?? "public" },
      });
    await Post.write(ada.id, { title: "A draft", body: "x", visibility: "draft" });
  });

  test("each page shows its number and the total, and links to the other pages", async () => {
    const first = await bob.api.get("/posts");
    assert.deepEqual([first.body.page, first.body.limit, first.body.total], [1, 20, TOTAL]);
    assert.equal(titles(first)[0], `Post ${TOTAL}`);
    assert.deepEqual([linkTo("prev", first), linkTo("next", first)], [null, `/posts?cursor=${first.body.next}`]);
    const last = await bob.api.get("/posts?page=3");
    assert.equal(titles(last).length, 5);
    assert.equal(last.body.next, null);
    assert.deepEqual([linkTo("prev", last), linkTo("next", last)], ["/posts?page=2", null]);
    assert.deepEqual(titles(await bob.api.get("/posts?page=4")), []);
    const few = await bob.api.get("/posts?limit=7&fields=id,title&page=2");
    assert.deepEqual(Object.keys(few.body.data[0]), ["id", "title"]);
    assert.equal(linkTo("next", few), `/posts?limit=7&fields=id%2Ctitle&cursor=${few.body.next}`);
    assert.equal((await bob.api.get("/posts?limit=1000")).body.limit, 100);
  });

  for (const [list, total] of [
    ["/posts?", TOTAL],
    ["/posts?own=true&", 31],
    ["/posts?author=ada&", 30],
  ] as const) {
    test(`following the cursor of ${list} returns every post once, even if posts are created meanwhile`, async () => {
      const path = list.replace("=ada", `=${ada.username}`);
      const seen: string[] = [];
      let page = await ada.api.get(`${path}limit=7`);
      assert.equal(page.body.total, total);
      for (;;) {
        seen.push(...titles(page));
        if (page.body.next === null) break;
        const added = await apiPost(ada, { title: "Between" });
        page = await ada.api.get(`${path}limit=7&cursor=${page.body.next}`);
        assert.equal(page.body.page, null);
        await ada.api.delete(`/posts/${added.id}`);
      }
      assert.equal(seen.length, total);
      assert.equal(new Set(seen).size, total);
      assert.ok(!seen.includes("Between"));
      assert.equal(seen.includes("A draft"), list.includes("own"));
    });
  }

  test("on a page opened by cursor, the next link also has a cursor", async () => {
    const page = await bob.api.get("/posts?limit=7&cursor=30");
    assert.match(linkTo("next", page) ?? "", /^\/posts\?limit=7&cursor=\d+$/);
    assert.equal(linkTo("prev", page), null);
    assert.equal(linkTo("first", page), "/posts?limit=7");
    assert.equal((await bob.api.get("/posts?page=51&cursor=30")).status, 200);
  });

  test("a list with the current ETag gives 304, and an unknown author or domain gives 404", async () => {
    const tag = (await bob.api.get("/posts")).headers.get("etag") ?? "";
    assert.equal((await bob.api.get("/posts", { "if-none-match": tag })).status, 304);
    for (const query of ["author=nobody", "domain=nowhere", "domain=%24ne", "author="])
      assert.equal((await bob.api.get(`/posts?${query}`)).status, 404, query);
  });
});
