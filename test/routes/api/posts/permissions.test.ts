import "../../../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { Post } from "../../../../src/models/post.js";
import { User } from "../../../../src/models/user.js";
import { type ApiMember, apiMember, apiPost, tokenFor, writing } from "../../../support/api/users.js";
import { program } from "../../../support/api.js";
import { domain } from "../../../support/users/domains.js";
import { withRole } from "../../../support/users.js";

type Who = "guest" | "unconfirmed" | "stranger" | "inside" | "editorInside" | "editor" | "admin" | "author";
type Statuses = { read: number; change: number; remove: number };

const programs = new Map<Who, ReturnType<typeof program>>();
const createProgram = (who: Who) => programs.get(who) ?? assert.fail(who);
let club: Awaited<ReturnType<typeof domain>>;
let author: ApiMember;
let admin: ApiMember;

before(async () => {
  club = await domain();
  author = await apiMember(await withRole("user", club.id));
  admin = await apiMember(await withRole("admin"));
  const roles = { inside: ["user", club.id], editorInside: ["editor", club.id], editor: ["editor", null] } as const;
  for (const [who, [role, where]] of Object.entries(roles))
    programs.set(who as Who, (await apiMember(await withRole(role, where))).api);
  programs.set("guest", program()).set("stranger", (await apiMember()).api);
  const waiting = await apiMember();
  await User.updateOne({ username: waiting.username }, { $set: { emailConfirmedAt: null } });
  programs.set("unconfirmed", waiting.api);
  programs.set("author", author.api).set("admin", admin.api);
});

const all = (status: number): Statuses => ({ read: status, change: status, remove: status });
const may: Statuses = { read: 200, change: 200, remove: 204 };
const reads: Statuses = { read: 200, change: 403, remove: 403 };
const hidden = all(404);
const door = { guest: all(401), unconfirmed: all(401) };
/** Matches test/routes/posts/posts.test.ts and test/access/domains-matrix.test.ts, which test the pages. */
const table: Record<string, Record<Who, Statuses>> = {
  public: { ...door, stranger: reads, inside: reads, editorInside: reads, editor: may, admin: may, author: may },
  members: { ...door, stranger: reads, inside: reads, editorInside: reads, editor: may, admin: may, author: may },
  domain: { ...door, stranger: hidden, inside: reads, editorInside: may, editor: may, admin: may, author: may },
  draft: {
    ...door,
    stranger: hidden,
    inside: hidden,
    editorInside: hidden,
    editor: hidden,
    admin: hidden,
    author: may,
  },
};

for (const [visibility, row] of Object.entries(table)) {
  for (const [who, statuses] of Object.entries(row) as [Who, Statuses][]) {
    test(`${visibility} post: ${who} gets ${statuses.read} to read, ${statuses.change} to change, ${statuses.remove} to delete`, async () => {
      const { id, tag } = await apiPost(author, { title: "Mine", body: "secret words", visibility });
      const api = createProgram(who);
      const address = `/posts/${id}`;
      const read = await api.get(address);
      assert.equal(read.status, statuses.read);
      assert.equal(JSON.stringify(read.body).includes("secret words"), statuses.read === 200);
      if (statuses.read === 200) assert.equal(read.body.domain, visibility === "domain" ? club.slug : null);
      if (statuses.change !== 200) {
        const old = await api.patch(address, { title: "Theirs" }, { "if-match": '"old"' });
        assert.equal(old.status, statuses.change, "an old ETag reveals nothing more");
        assert.equal((await api.delete(address, undefined, { "if-match": tag })).status, statuses.remove);
      }
      assert.equal((await api.patch(address, { title: "Theirs" })).status, statuses.change);
      assert.equal(await Post.countDocuments({ _id: id, title: "Theirs" }), statuses.change === 200 ? 1 : 0);
      assert.equal((await api.delete(address)).status, statuses.remove);
      assert.equal(await Post.countDocuments({ _id: id }), statuses.remove === 204 ? 0 : 1);
    });
  }
}

describe("lists of the API contain the same posts as the pages", () => {
  before(async () => {
    await Post.deleteMany();
    for (const visibility of Object.keys(table)) await apiPost(author, { title: visibility, visibility });
  });

  const lists: [query: () => string, who: Who, titles: string[] | number][] = [
    [() => "", "guest", 401],
    [() => "", "unconfirmed", 401],
    [() => "", "stranger", ["members", "public"]],
    [() => "", "author", ["members", "public"]],
    [() => "", "admin", ["members", "public"]],
    [() => `?author=${author.username}`, "stranger", ["members", "public"]],
    [() => `?author=${author.username}`, "author", ["members", "public"]],
    [() => `?author=${author.username}`, "admin", ["members", "public"]],
    [() => `?domain=${club.slug}`, "stranger", 404],
    [() => `?domain=${club.slug}`, "inside", ["domain"]],
    [() => `?domain=${club.slug}`, "editor", ["domain"]],
    [() => "?own=true", "stranger", []],
    [() => "?own=true", "admin", []],
    [() => "?own=true", "author", ["domain", "draft", "members", "public"]],
  ];
  for (const [query, who, expected] of lists) {
    test(`${query.toString().slice(6)} for ${who}`, async () => {
      const { status, body } = await createProgram(who).get(`/posts${query()}`);
      if (typeof expected === "number") return assert.equal(status, expected);
      assert.deepEqual(body.data.map(({ title }: { title: string }) => title).sort(), expected);
      assert.equal(body.total, expected.length);
    });
  }
});

test("an editor can change the text of a post but not its audience, and the author sees it in the activity", async () => {
  const editor = createProgram("editor");
  const { id } = await apiPost(author, { visibility: "members" });
  for (const readers of [{ visibility: "public" }, { visibility: "draft" }, { domain: club.slug }]) {
    const { status, body } = await editor.patch(`/posts/${id}`, { title: "Theirs", ...readers });
    assert.equal(status, 422);
    assert.equal(body.errors[0].pointer, "#/visibility");
  }
  const corrected = await editor.patch(`/posts/${id}`, { body: "Corrected.", visibility: "members" });
  assert.deepEqual([corrected.status, corrected.body.author.username], [200, author.username]);
  assert.equal((await editor.delete(`/posts/${id}`)).status, 204);
  const events = (await AuditEvent.find({ user: author.id }).lean()).map(({ event }) => event);
  assert.ok(events.includes("post.edited") && events.includes("post.deleted"), events.join());
});

test("a post stays in its domain until its author moves it, and a former member cannot edit it there", async () => {
  const { id } = await apiPost(author, { visibility: "domain" });
  const change = (body: Record<string, unknown>) => author.api.patch(`/posts/${id}`, body);
  for (const body of [{ title: "x" }, { visibility: "domain" }, { domain: club.slug }, { domain: null }])
    assert.deepEqual((await change(body)).body.domain, club.slug, JSON.stringify(body));
  assert.equal((await change({ visibility: "domain", domain: (await domain()).slug })).status, 422);
  assert.equal((await change({ visibility: "members" })).body.domain, null);
  assert.equal((await change({ visibility: "domain", domain: club.slug })).status, 200);
  const account = await User.findById(author.id).orFail();
  await account.revokeRole({ role: "user", domain: club.id });
  assert.equal((await author.api.get(`/posts/${id}`)).status, 200, "the author can still read it");
  assert.equal((await change({ title: "Back" })).status, 422);
  assert.equal((await change({ visibility: "domain", domain: club.slug })).status, 422);
  assert.equal((await change({ visibility: "draft" })).status, 200);
  await (await User.findById(author.id).orFail()).grantRole({ role: "user", domain: club.id });
});

describe("scopes of an API token", () => {
  test("a token can do with its owner's posts only what its scopes allow", async () => {
    const { id } = await apiPost(author);
    const attempts = async (...scopes: Parameters<typeof tokenFor>[1][]) => {
      const api = await tokenFor(author, ...scopes);
      const answers = [
        await api.get("/posts"),
        await api.get(`/posts/${id}`),
        await api.post("/posts", writing),
        await api.patch(`/posts/${id}`, { title: "x" }),
      ];
      for (const { status, headers } of answers)
        if (status === 403) assert.match(headers.get("www-authenticate") ?? "", /insufficient_scope", scope="posts\./);
      return answers.map(({ status }) => status);
    };
    assert.deepEqual(await attempts("account.read"), [403, 403, 403, 403]);
    assert.deepEqual(await attempts("posts.read"), [200, 200, 403, 403]);
    assert.deepEqual(await attempts("posts.write"), [403, 403, 201, 403]);
    assert.equal((await (await tokenFor(author, "posts.read")).delete(`/posts/${id}`)).status, 403);
    assert.equal((await (await tokenFor(author, "posts.write")).delete(`/posts/${id}`)).status, 204);
  });

  test("an admin's token can act on other users' posts only with the scope for it", async () => {
    const [open, inside] = [await apiPost(author), await apiPost(author, { visibility: "domain" })];
    const weak = await tokenFor(admin, "posts.read", "posts.write");
    assert.equal((await weak.get(`/posts/${inside.id}`)).status, 404);
    assert.equal((await weak.patch(`/posts/${open.id}`, { title: "x" })).status, 403);
    const strong = await tokenFor(admin, "posts.read", "posts.write", "posts.read.any", "posts.edit.any");
    assert.equal((await strong.get(`/posts/${inside.id}`)).status, 200);
    assert.equal((await strong.patch(`/posts/${open.id}`, { title: "x" })).status, 200);
    assert.equal((await strong.delete(`/posts/${open.id}`)).status, 403);
    const alone = await tokenFor(admin, "posts.edit.any", "posts.delete.any");
    assert.equal((await alone.delete(`/posts/${open.id}`)).status, 403);
    const stranger = await tokenFor(author, "posts.write", "posts.delete.any");
    assert.equal(
      (await stranger.delete(`/posts/${(await apiPost(admin)).id}`)).status,
      403,
      "a scope does not give more permissions than the owner has",
    );
  });

  test("a cookie, a token in the address and the token of a disabled user give 401", async () => {
    const cookie = [...author.cookies].map((pair) => pair.join("=")).join("; ");
    assert.equal((await program().get("/posts", { cookie })).status, 401);
    assert.equal((await program().post("/posts", writing, { cookie })).status, 401);
    assert.equal((await program().get(`/posts?access_token=${author.api.tokens.access_token}`)).status, 401);
    const eve = await apiMember();
    const { id } = await apiPost(eve);
    const token = await tokenFor(eve, "posts.write");
    await User.updateOne({ _id: eve.id }, { $set: { disabledAt: new Date() } });
    for (const api of [eve.api, token]) assert.equal((await api.patch(`/posts/${id}`, { title: "x" })).status, 401);
  });

  test("a malformed or unknown post id gives 404", async () => {
    for (const id of ["0", "new", "%00", "a".repeat(24), "z".repeat(24), "%24ne", "[object%20Object]"]) {
      assert.equal((await author.api.get(`/posts/${id}`)).status, 404, id);
      assert.equal((await author.api.patch(`/posts/${id}`, { title: "x" })).status, 404, id);
      assert.equal((await author.api.delete(`/posts/${id}`)).status, 404, id);
    }
  });
});
