import "../../../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { Domain } from "../../../../src/models/domain.js";
import { Post } from "../../../../src/models/post.js";
import { type ApiMember, apiMember, apiPost, tokenFor } from "../../../support/api/users.js";
import { domain } from "../../../support/users/domains.js";
import { withRole } from "../../../support/users.js";

let root: ApiMember;
let count = 0;
const newSlug = () => {
  count += 1;
  return `society-${count}`;
};
before(async () => {
  root = await apiMember(await withRole("superadmin"));
});

const pointers = ({ errors }: { errors: { pointer?: string }[] }) => errors.map(({ pointer }) => pointer);

test("a superadmin creates an organization, reads, renames and deletes it", async () => {
  const slug = newSlug();
  const made = await root.api.post("/domains", { name: "  The book club ", slug });
  assert.equal(made.status, 201);
  const { id, createdAt, url, ...rest } = made.body;
  assert.deepEqual(rest, { name: "The book club", slug, role: null });
  assert.ok(url.endsWith(`/domains/${slug}`));
  assert.ok(made.headers.get("location")?.endsWith(`/api/v1/domains/${slug}`));
  assert.deepEqual((await root.api.get(`/domains/${slug}`)).body, made.body);
  const renamed = await root.api.patch(`/domains/${slug}`, { name: "The film club" });
  assert.deepEqual(renamed.body, { ...made.body, name: "The film club" });
  const moved = await root.api.patch(`/domains/${slug}`, { slug: `${slug}-b` });
  assert.equal(moved.body.slug, `${slug}-b`);
  assert.equal((await root.api.get(`/domains/${slug}`)).status, 404);
  assert.equal((await root.api.delete(`/domains/${slug}-b`)).status, 204);
  assert.equal((await root.api.get(`/domains/${slug}-b`)).status, 404);
  assert.equal((await root.api.delete(`/domains/${slug}-b`)).status, 404);
  const events = await AuditEvent.find({ actor: root.id, "details.domain": id }).lean();
  const names = events.map(({ event }) => event);
  assert.deepEqual(names.sort(), ["domain.closed", "domain.opened", "domain.renamed", "domain.renamed"]);
});

test("each wrong field of an organization is named", async () => {
  const { slug } = await domain();
  const wrong: [Record<string, unknown>, string[]][] = [
    [{}, ["#/name", "#/slug"]],
    [{ name: " ", slug: newSlug() }, ["#/name"]],
    [{ name: "x".repeat(61), slug: newSlug() }, ["#/name"]],
    [{ name: "Club", slug: "Not A Slug" }, ["#/slug"]],
    [{ name: "Club", slug: "admin" }, ["#/slug"]],
    [{ name: "Club", slug }, ["#/slug"]],
    [{ name: { $ne: null }, slug: ["a"] }, ["#/name", "#/slug"]],
    [{ name: "Club", slug: newSlug(), closingAt: null }, ["#/closingAt"]],
  ];
  for (const [body, places] of wrong) {
    const made = await root.api.post("/domains", body);
    assert.equal(made.status, 422, JSON.stringify(body));
    assert.deepEqual(pointers(made.body), places);
  }
  const { slug: own, name } = await domain("Untouched");
  for (const body of [{}, { slug }, { name: "" }, { name: 7 }, { id: "x" }])
    assert.equal((await root.api.patch(`/domains/${own}`, body)).status, 422, JSON.stringify(body));
  const hidden = await root.api.call("PATCH", `/domains/${own}`, '{"__proto__":{"name":"x"}}');
  assert.equal(hidden.status, 422);
  assert.equal((await root.api.get(`/domains/${own}`)).body.name, name);
  for (const odd of ["NONE", "a b", "~x", "x".repeat(41), "%00", "[]"])
    assert.equal((await root.api.get(`/domains/${encodeURIComponent(odd)}`)).status, 404, odd);
});

test("of twenty requests at once, one creates the organization", async () => {
  const slug = newSlug();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => root.api.post("/domains", { name: `Club ${n}`, slug })),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  assert.equal(answers.filter(({ status }) => status === 422).length, 19);
  assert.equal(await Domain.countDocuments({ slug }), 1);
});

test("changes of name and slug by two concurrent requests do not overwrite each other", async () => {
  const { slug } = await domain();
  const to = newSlug();
  const [name, moved] = await Promise.all([
    root.api.patch(`/domains/${slug}`, { name: "Another name" }),
    root.api.patch(`/domains/${slug}`, { slug: to }),
  ]);
  assert.equal(moved.status, 200);
  assert.ok([200, 404].includes(name.status)); // 404: the slug had changed before it was read
  const now = (await root.api.get(`/domains/${to}`)).body;
  if (name.status === 200) assert.equal(now.name, "Another name");
});

test("with If-Match, nothing is overwritten or deleted that has changed since", async () => {
  const { slug } = await domain();
  const tag = (await root.api.get(`/domains/${slug}`)).headers.get("etag") ?? "";
  const header = { "if-match": tag };
  assert.equal((await root.api.patch(`/domains/${slug}`, { name: "First" }, header)).status, 200);
  assert.equal((await root.api.patch(`/domains/${slug}`, { name: "Second" }, header)).status, 412);
  assert.equal((await root.api.delete(`/domains/${slug}`, undefined, header)).status, 412);
  assert.equal((await root.api.get(`/domains/${slug}`)).body.name, "First");
  const both = await Promise.all(
    ["Third", "Fourth"].map(async (name) => {
      const now = (await root.api.get(`/domains/${slug}`)).headers.get("etag") ?? "";
      return root.api.patch(`/domains/${slug}`, { name }, { "if-match": now });
    }),
  );
  assert.ok(both.every(({ status }) => status === 200 || status === 412));
  const last = (await root.api.get(`/domains/${slug}`)).headers.get("etag") ?? "";
  assert.equal((await root.api.delete(`/domains/${slug}`, undefined, { "if-match": last })).status, 204);
});

test("deleting an organization removes its members, and their posts become drafts", async () => {
  const club = await domain();
  const ada = await apiMember(await withRole("user", club.id));
  const { id } = await apiPost(ada, { visibility: "domain", domain: club.slug });
  assert.equal((await root.api.delete(`/domains/${club.slug}`)).status, 204);
  assert.equal((await Post.findById(id).orFail()).visibility, "draft");
  assert.deepEqual((await ada.api.get("/users/me")).body.roles, []);
});

test("the list shows users their own organizations, and superadmins all, page by page", async () => {
  const [one, other] = [await domain("First"), await domain("Second")];
  const ada = await apiMember(await withRole("editor", one.id));
  const own = (await ada.api.get("/domains")).body;
  assert.deepEqual([own.total, own.next, own.data.length], [1, null, 1]);
  assert.deepEqual([own.data[0].slug, own.data[0].role], [one.slug, "editor"]);
  const all: string[] = [];
  let next: string | null = null;
  do {
    const page = await root.api.get(`/domains?limit=2${next ? `&cursor=${next}` : ""}`);
    all.push(...page.body.data.map(({ slug }: { slug: string }) => slug));
    assert.equal(page.headers.get("link")?.includes('rel="next"'), page.body.next !== null);
    next = page.body.next;
  } while (next);
  assert.deepEqual(all, [...all].sort());
  assert.equal(new Set(all).size, await Domain.countDocuments());
  assert.ok(all.includes(one.slug) && all.includes(other.slug));
  const second = (await root.api.get("/domains?limit=2&page=2&fields=slug")).body;
  assert.deepEqual(
    second.data,
    all.slice(2, 4).map((slug) => ({ slug })),
  );
  assert.equal(second.total, all.length);
});

test("a token sees only what its scopes allow", async () => {
  const [own, other] = [await domain(), await domain()];
  const boss = await apiMember(await withRole("superadmin"));
  const reading = await tokenFor(boss, "domains.read");
  assert.equal((await reading.get(`/domains/${other.slug}`)).status, 404);
  assert.deepEqual((await reading.get("/domains")).body.data, []);
  assert.equal((await reading.post("/domains", { name: "Club", slug: newSlug() })).status, 403);
  const managing = await tokenFor(boss, "domains.read", "domains.manage");
  assert.equal((await managing.get(`/domains/${other.slug}`)).status, 200);
  assert.equal((await managing.patch(`/domains/${own.slug}`, { name: "By a token" })).status, 200);
  assert.equal((await managing.post(`/domains/${own.slug}/members`, { user: "ada", role: "user" })).status, 403);
});
