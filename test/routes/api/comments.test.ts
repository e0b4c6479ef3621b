import "../../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Comment } from "../../../src/models/comment.js";
import { type ApiMember, apiMember, apiPost, tokenFor } from "../../support/api/users.js";
import { program } from "../../support/api.js";
import { domain } from "../../support/users/domains.js";
import { withRole } from "../../support/users.js";

type Who = "guest" | "stranger" | "inside" | "editor" | "commenter" | "author";

const programs = new Map<Who, ReturnType<typeof program>>();
const createProgram = (who: Who) => programs.get(who) ?? assert.fail(who);
let author: ApiMember;
let commenter: ApiMember;
let stranger: ApiMember;

before(async () => {
  const club = await domain();
  author = await apiMember(await withRole("user", club.id));
  commenter = await apiMember(await withRole("user", club.id));
  stranger = await apiMember();
  programs.set("guest", program()).set("stranger", stranger.api).set("author", author.api);
  programs.set("inside", (await apiMember(await withRole("user", club.id))).api).set("commenter", commenter.api);
  programs.set("editor", (await apiMember(await withRole("editor"))).api);
});

async function write(post: string, by = commenter, body = "Well *said*.") {
  const { status, headers, body: comment } = await by.api.post(`/posts/${post}/comments`, { body });
  assert.equal(status, 201, JSON.stringify(comment));
  return { id: comment.id as string, address: `/comments/${comment.id}`, tag: headers.get("etag") ?? "", comment };
}

type Statuses = { read: number; comment: number; edit: number; hide: number; remove: number };
const all = (status: number): Statuses => ({
  read: status,
  comment: status,
  edit: status,
  hide: status,
  remove: status,
});
const reads: Statuses = { read: 200, comment: 201, edit: 403, hide: 403, remove: 403 };
const may: Record<Who, Statuses> = {
  guest: all(401),
  stranger: reads,
  inside: reads,
  editor: { ...reads, hide: 200, remove: 204 },
  commenter: { ...reads, edit: 200, remove: 204 },
  author: { ...reads, hide: 200 },
};
/** What each user may do with a comment on a post, by the visibility that the post has now. */
const table: Record<string, Record<Who, Statuses>> = {
  public: may,
  members: may,
  domain: { ...may, stranger: all(404) },
  draft: { ...may, stranger: all(404), inside: all(404), editor: all(404), commenter: { ...all(404), remove: 204 } },
};

for (const [visibility, row] of Object.entries(table)) {
  for (const [who, expected] of Object.entries(row) as [Who, Statuses][]) {
    test(`a comment on a post that is ${visibility} now, ${who}`, async () => {
      const post = await apiPost(author, { visibility: "members" });
      const { address, tag } = await write(post.id);
      assert.equal((await author.api.patch(`/posts/${post.id}`, { visibility })).status, 200);
      const api = createProgram(who);
      const list = await api.get(`/posts/${post.id}/comments`);
      assert.deepEqual([list.status, (await api.get(address)).status], [expected.read, expected.read]);
      if (expected.read === 200) assert.deepEqual([list.body.total, list.body.data[0].body], [1, "Well *said*."]);
      assert.equal((await api.post(`/posts/${post.id}/comments`, { body: "Me too" })).status, expected.comment);
      if (expected.edit !== 200)
        assert.equal((await api.patch(address, { body: "x" }, { "if-match": '"old"' })).status, expected.edit);
      assert.equal((await api.patch(address, { body: "Changed" })).status, expected.edit);
      assert.equal((await api.patch(address, { hidden: true })).status, expected.hide);
      if (expected.remove !== 204)
        assert.equal((await api.delete(address, undefined, { "if-match": tag })).status, expected.remove);
      assert.equal((await api.delete(address)).status, expected.remove);
    });
  }
}

describe("comments of API clients", () => {
  test("have an address, a text and their dates", async () => {
    const post = await apiPost(author);
    const { id, comment, address } = await write(post.id);
    assert.deepEqual(
      { ...comment, createdAt: "", url: "" },
      {
        id,
        url: "",
        post: post.id,
        author: { id: commenter.id, username: commenter.username },
        body: "Well *said*.",
        html: "<p>Well <em>said</em>.</p>\n",
        hidden: false,
        hiddenAt: null,
        createdAt: "",
        editedAt: null,
      },
    );
    const read = await program(stranger.api.tokens.access_token).get(address);
    assert.deepEqual(read.body, comment);
    const tag = read.headers.get("etag") ?? "";
    assert.equal((await stranger.api.get(address, { "if-none-match": tag })).status, 304);
    assert.deepEqual((await stranger.api.get(`${address}?fields=id,body`)).body, { id, body: "Well *said*." });
  });

  test("a hidden one has no text, except for its author and for those who can edit the post", async () => {
    const post = await apiPost(author);
    const { address } = await write(post.id);
    assert.equal((await author.api.patch(address, { hidden: true })).body.body, "Well *said*.");
    for (const [who, text] of [
      ["stranger", null],
      ["commenter", "Well *said*."],
      ["editor", "Well *said*."],
    ] as const) {
      const { body } = await createProgram(who).get(address);
      assert.deepEqual([body.body, body.hidden, body.html === null], [text, true, text === null], who);
      assert.equal((await createProgram(who).get(`/posts/${post.id}/comments`)).body.data[0].body, text);
    }
    const shown = await author.api.patch(address, { hidden: false });
    assert.deepEqual([shown.body.hidden, shown.body.hiddenAt], [false, null]);
    assert.equal((await stranger.api.get(address)).body.body, "Well *said*.");
  });

  test("are listed oldest first, by pages and by cursor", async () => {
    const post = await apiPost(author);
    for (let n = 1; n <= 5; n += 1) await write(post.id, commenter, `Number ${n}`);
    const texts = ({ body }: { body: { data: { body: string }[] } }) => body.data.map((one) => one.body.slice(7));
    const first = await stranger.api.get(`/posts/${post.id}/comments?limit=2`);
    assert.deepEqual([texts(first), first.body.total, first.body.page], [["1", "2"], 5, 1]);
    assert.match(first.headers.get("link") ?? "", /cursor=2>; rel="next"/);
    assert.deepEqual(texts(await stranger.api.get(`/posts/${post.id}/comments?limit=2&page=2`)), ["3", "4"]);
    const rest = await stranger.api.get(`/posts/${post.id}/comments?limit=9&cursor=${first.body.next}`);
    assert.deepEqual([texts(rest), rest.body.next, rest.body.page], [["3", "4", "5"], null, null]);
    for (const query of ["limit=x", "page=0", "cursor=abc", "page=99999", "author=ada", "fields=secret"])
      assert.equal((await stranger.api.get(`/posts/${post.id}/comments?${query}`)).status, 422, query);
  });

  test("invalid input is refused with a pointer to the field", async () => {
    const post = await apiPost(author);
    const { address } = await write(post.id);
    const wrong: [object | string, string][] = [
      [{}, "#/body"],
      [{ body: "" }, "#/body"],
      [{ body: " \u200b" }, "#/body"],
      [{ body: "x".repeat(2_001) }, "#/body"],
      [{ body: { $ne: "" } }, "#/body"],
      [{ body: "x", author: "me" }, "#/author"],
      [{ body: "x", hidden: true }, "#/hidden"],
      ['{"body":"x","__proto__":{"a":1}}', "#/__proto__"],
    ];
    for (const [sent, pointer] of wrong) {
      const { status, body } = await commenter.api.call("POST", `/posts/${post.id}/comments`, sent);
      assert.deepEqual([status, body.errors?.[0].pointer], [422, pointer], JSON.stringify(sent));
    }
    for (const sent of [
      {},
      { body: "" },
      { body: "x", hidden: true },
      { hidden: "yes" },
      { hidden: 1 },
      { post: post.id },
    ])
      assert.equal((await commenter.api.patch(address, sent)).status, 422, JSON.stringify(sent));
    for (const id of ["0", "%00", "a".repeat(24), "%24ne"]) {
      for (const path of [`/comments/${id}`, `/posts/${id}/comments`])
        assert.equal((await commenter.api.get(path)).status, 404, path);
      assert.equal((await commenter.api.post(`/posts/${id}/comments`, { body: "x" })).status, 404);
    }
  });

  test("with the same Idempotency-Key, one is created, even by requests at once", async () => {
    const [post, other] = [await apiPost(author), await apiPost(author)];
    const send = (body = "Once", to = post.id) =>
      commenter.api.post(`/posts/${to}/comments`, { body }, { "idempotency-key": `k-${post.id}` });
    const answers = await Promise.all([send(), send(), send()]);
    assert.ok(answers.every(({ status }) => status === 201 || status === 409));
    const again = await send();
    assert.equal(again.status, 201);
    assert.equal(await Comment.countDocuments({ post: post.id }), 1);
    assert.deepEqual([(await send("Twice")).status, (await send("Once", other.id)).status], [422, 422]);
    assert.equal((await commenter.api.delete(`/comments/${again.body.id}`)).status, 204);
    assert.equal((await send()).status, 409, "it was deleted");
  });

  test("a change with If-Match fails if the comment has changed since", async () => {
    const post = await apiPost(author);
    const { address, tag } = await write(post.id);
    const change = (body: object, etag: string, by = commenter) =>
      by.api.patch(address, body as Record<string, unknown>, { "if-match": etag });
    const changed = await change({ body: "New" }, tag);
    assert.equal(changed.status, 200);
    assert.notEqual(changed.body.editedAt, null);
    assert.equal((await change({ body: "Newer" }, tag)).status, 412);
    assert.equal((await change({ hidden: true }, tag, author)).status, 412);
    assert.equal((await commenter.api.delete(address, undefined, { "if-match": tag })).status, 412);
    const now = changed.headers.get("etag") ?? "";
    const both = await Promise.all([change({ body: "One" }, now), change({ body: "Two" }, now)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 412]);
    assert.equal((await commenter.api.delete(address, undefined, { "if-match": "*" })).status, 204);
  });

  test("API tokens are limited to their scopes, and to those of a role", async () => {
    const post = await apiPost(author);
    const { address } = await write(post.id);
    const attempts = async (who: ApiMember, ...scopes: Parameters<typeof tokenFor>[1][]) => {
      const api = await tokenFor(who, ...scopes);
      const answers = [
        await api.get(address),
        await api.post(`/posts/${post.id}/comments`, { body: "x" }),
        await api.patch(address, { body: "x" }),
        await api.patch(address, { hidden: false }),
      ];
      return answers.map(({ status }) => status);
    };
    assert.deepEqual(await attempts(commenter, "account.read"), [403, 403, 403, 403]);
    assert.deepEqual(await attempts(commenter, "posts.read"), [200, 403, 403, 403]);
    assert.deepEqual(await attempts(commenter, "posts.write"), [403, 403, 403, 403]);
    assert.deepEqual(await attempts(commenter, "posts.read", "posts.write"), [200, 201, 200, 403]);
    const editor = await apiMember(await withRole("editor"));
    assert.deepEqual(await attempts(editor, "posts.read", "posts.write"), [200, 201, 403, 403]);
    assert.deepEqual(await attempts(editor, "posts.read", "posts.write", "posts.edit.any"), [200, 201, 403, 200]);
    assert.equal((await (await tokenFor(editor, "posts.write")).delete(address)).status, 403);
    assert.equal((await (await tokenFor(editor, "posts.write", "posts.delete.any")).delete(address)).status, 204);
  });
});

test("a program deletes its user's comment on a post that the user can no longer read; others still get 404", async () => {
  const post = (await apiPost(author, { visibility: "members" })).id;
  const { address } = await write(post, stranger);
  assert.equal((await author.api.patch(`/posts/${post}`, { visibility: "draft" })).status, 200);
  assert.equal((await stranger.api.get(address)).status, 404);
  assert.equal((await stranger.api.patch(address, { body: "Other words." })).status, 404);
  assert.equal((await commenter.api.delete(address)).status, 404);
  assert.equal((await stranger.api.delete(address)).status, 204);
  assert.equal((await author.api.get(address)).status, 404);
});
