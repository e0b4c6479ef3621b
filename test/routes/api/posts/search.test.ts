import "../../../support/environment.js";
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { before, mock, test } from "node:test";
import { inspect } from "node:util";
import mongoose from "mongoose";
import { readPage } from "../../../../src/models/post/api-pages.js";
import { Post } from "../../../../src/models/post.js";
import { type ApiMember, apiMember, apiPost } from "../../../support/api/users.js";
import { explained } from "../../../support/database/explained.js";

let ada: ApiMember;
let bob: ApiMember;
before(async () => {
  [ada, bob] = [await apiMember(), await apiMember()];
  await apiPost(ada, { title: "The Gate", body: "A sturdy *oak* in the wall.", visibility: "public" });
  await apiPost(ada, { title: "A café", body: "Oak and the sea.", visibility: "members" });
  await apiPost(ada, { title: "Secret oak", body: "Nobody reads this.", visibility: "draft" });
  await apiPost(bob, { title: "Elsewhere", body: "No trees.", visibility: "public" });
});

const titles = async ({ api }: ApiMember, query: string) => {
  const { status, body } = await api.get(`/posts?${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body.data.map(({ title }: { title: string }) => title) as string[];
};

test("a search finds posts that contain all words, newest first, in any case and without accents", async () => {
  assert.deepEqual(await titles(bob, "q=oak"), ["A café", "The Gate"]);
  assert.deepEqual(await titles(bob, "q=OAK%20gate"), ["The Gate"]);
  assert.deepEqual(await titles(bob, "q=oak%20nowhere"), []);
  assert.deepEqual(await titles(bob, "q=cafe"), ["A café"]);
  assert.deepEqual(await titles(bob, "q=oa"), [], "whole words only");
  assert.deepEqual(await titles(bob, "q=the"), ["A café", "The Gate"], "every word counts");
  assert.equal((await titles(bob, "q=")).length, 3);
});

test("a search never finds drafts of others or posts that the user may not see", async () => {
  assert.deepEqual(await titles(bob, "q=secret"), []);
  assert.deepEqual(await titles(ada, "q=secret"), []);
  assert.deepEqual(await titles(ada, "q=secret&own=true"), ["Secret oak"]);
  assert.deepEqual(await titles(bob, `q=oak&author=${ada.username}`), ["A café", "The Gate"]);
  assert.deepEqual(await titles(bob, `q=oak&author=${bob.username}`), []);
  assert.equal((await bob.api.get("/posts?q=oak&domain=nowhere")).status, 404);
});

test("search operators are treated as plain text", async () => {
  assert.deepEqual(await titles(bob, `q=${encodeURIComponent('-oak "gate"')}`), ["The Gate"]);
  assert.deepEqual(await titles(bob, `q=${encodeURIComponent('oak"')}`), ["A café", "The Gate"]);
  for (const q of ["!!!", "a b c d e f g", "x".repeat(201)]) {
    const { status, body } = await bob.api.get(`/posts?q=${encodeURIComponent(q)}`);
    assert.deepEqual([status, body.errors[0].parameter], [422, "q"], q);
  }
  assert.equal((await bob.api.get("/posts?q=a&q=b")).status, 422);
});

test("the pages of a search link to each other with the search", async () => {
  const first = await bob.api.get("/posts?q=oak&limit=1");
  assert.deepEqual([first.body.data.length, first.body.total], [1, 2]);
  assert.match(first.headers.get("link") ?? "", /q=oak/);
  const second = await bob.api.get(`/posts?q=oak&limit=1&cursor=${first.body.next}`);
  assert.deepEqual([second.body.data[0].title, second.body.next], ["The Gate", null]);
});

test("a search reads only the posts of the index that have the rarest of its words", async () => {
  const common = { slug: "x", html: "", visibility: "public", publishedAt: new Date(), author: null };
  await Post.insertMany(
    Array.from({ length: 500 }, (_, n) => ({
      ...common,
      title: `Post ${n}`,
      body: "Grass.",
      place: { members: 1000 + n },
    })),
  );
  const reads = await explained(() => readPage({ of: "members" }, { limit: 20, page: 1, words: ["oak"] }));
  const plans = reads.filter(({ command }) => command.includes("$text")); // jobs of the application read too
  assert.equal(plans.length, 2, "the page and its count");
  for (const { stages, examined, keys, command } of plans) {
    assert.ok(!stages.has("COLLSCAN"), command);
    assert.ok(stages.has("TEXT_MATCH") || stages.has("TEXT"), command);
    assert.ok(examined <= 2 * 3 && keys <= 2 * 3, `${examined} documents, ${keys} keys: ${command}`);
  }
});

type Sent = { filter?: object; pipeline?: object[]; options: { maxTimeMS?: number } };
const driver = createRequire(createRequire(import.meta.url).resolve("mongoose"))("mongodb/lib/sdam/server.js");

test("a search that matches too much ends after a second with advice; lists at the same moment are answered", async () => {
  const usual = driver.Server.prototype.command;
  const limits: unknown[] = [];
  const slow = mock.method(
    driver.Server.prototype,
    "command",
    function (this: unknown, sent: Sent, ...rest: unknown[]) {
      if (!inspect([sent.filter, sent.pipeline], { depth: null }).includes("$text"))
        return usual.call(this, sent, ...rest);
      limits.push(sent.options.maxTimeMS);
      throw new mongoose.mongo.MongoServerError({ code: 50, message: "operation exceeded time limit" });
    },
  );
  const [search, ...lists] = await Promise.all([
    bob.api.get("/posts?q=the"),
    ...Array.from({ length: 5 }, () => bob.api.get("/posts")),
  ]);
  slow.mock.restore();
  assert.deepEqual([search?.status, search?.body.type], [503, "/problems/search-too-slow"]);
  assert.match(search?.body.detail, /Search for rarer words/);
  assert.ok(search?.headers.get("retry-after"));
  assert.deepEqual(
    lists.map(({ status }) => status),
    [200, 200, 200, 200, 200],
  );
  assert.deepEqual([...new Set(limits)], [1_000]);
});
