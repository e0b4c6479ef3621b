import "../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Types } from "mongoose";
import { Post } from "../../src/models/post.js";
import { User } from "../../src/models/user.js";
import { domain } from "../support/users/domains.js";
import { member, post, withRole } from "../support/users.js";

const getAddress = (url: string) => url.split("/").slice(0, 3).join("/");
const findBy = (url: string) => Post.findById(url.split("/")[2]).lean().orFail();
const join = async (person: { username: string }, id: string) =>
  (await User.findOne({ username: person.username }).orFail()).grantRole({ role: "user", domain: id });
const write = { title: "Among us", body: "x" };

test("a user without a domain is offered none and cannot write a post for one", async () => {
  const [ada, { slug }] = [await member(), await domain()];
  assert.equal((await ada.get(`/posts/new?domain=${slug}`)).status, 404);
  const form = await ada.get("/posts/new");
  assert.doesNotMatch(form.text, /value="domain"|name="domain"/);
  assert.match(form.text, /value="public"[^>]* checked/);
  assert.doesNotMatch(form.text, /href="\/domains"/);
  for (const chosen of [slug, "", "nowhere", "x".repeat(101)]) {
    const page = await ada.submit("/posts/new", { ...write, visibility: "domain", domain: chosen }, "/posts");
    assert.equal(page.status, 422, chosen);
  }
  assert.equal(await Post.countDocuments({ title: write.title }), 0);
});

test("a member of one domain sees its name as a choice and need not select it from a list", async () => {
  const club = await domain("Rope & sail");
  const ada = await withRole("user", club.id);
  const form = await ada.get("/posts/new");
  assert.match(form.text, /<label[^>]*>Rope &amp; sail<\/label>/);
  assert.doesNotMatch(form.text, /<select/);
  assert.match(form.text, /href="\/domains"/);
  for (const named of [{}, { domain: club.slug }, { domain: "" }]) {
    const { location } = await ada.submit("/posts/new", { ...write, visibility: "domain", ...named }, "/posts");
    assert.equal(String((await findBy(location ?? "")).domain), club.id);
  }
  const page = await ada.get(await post(ada, { visibility: "domain" }));
  assert.match(page.text, new RegExp(`href="/domains/${club.slug}" dir="auto">Rope &amp; sail</a>`));
  const open = await post(ada, { visibility: "members" });
  assert.equal((await findBy(open)).domain, undefined);
});

test("a member of several domains selects one for a post, and the form keeps the choice", async () => {
  const [one, other, third] = [await domain("One"), await domain("Other"), await domain("Third")];
  const ada = await withRole("user", one.id);
  await join(ada, other.id);
  const form = await ada.get(`/posts/new?domain=${other.slug}`);
  assert.match(form.text, /value="domain"[^>]* checked/);
  assert.match(form.text, new RegExp(`<option value="${other.slug}" dir="auto" selected>Other`));
  assert.doesNotMatch(form.text, /Third/);
  const send = (fields: Record<string, string>) =>
    ada.submit("/posts/new", { ...write, visibility: "domain", ...fields }, "/posts");
  for (const domain of ["", third.slug]) assert.equal((await send({ domain })).status, 422);
  const mistake = await send({ domain: other.slug, title: "" });
  assert.match(mistake.text, new RegExp(`<option value="${other.slug}" dir="auto" selected>`));
  assert.match(mistake.text, /value="domain"[^>]* checked/);
  const url = (await send({ domain: other.slug })).location ?? "";
  assert.equal(String((await findBy(url)).domain), other.id);
  const edit = await ada.get(`${getAddress(url)}/edit`);
  assert.match(edit.text, new RegExp(`<option value="${other.slug}" dir="auto" selected>`));
  await ada.submit(`${getAddress(url)}/edit`, { ...write, visibility: "domain", domain: one.slug }, getAddress(url));
  assert.equal(String((await findBy(url)).domain), one.id);
  await ada.submit(`${getAddress(url)}/edit`, { ...write, visibility: "public", domain: one.slug }, getAddress(url));
  assert.equal((await findBy(url)).domain, undefined, "a post outside of domains has no domain");
});

test("the page of a domain shows its members and, newest first and in pages, its posts", async () => {
  const club = await domain();
  const [ada, gone] = [await withRole("editor", club.id), await withRole("user", club.id)];
  const { _id } = await User.findOne({ username: ada.username }).orFail();
  for (let n = 1; n <= 45; n += 1) {
    const writing = { title: `Post ${n}.`, body: "x", visibility: "domain" } as const;
    await Post.write(String(_id), { ...writing, domain: new Types.ObjectId(club.id) });
  }
  await (await User.findOne({ username: gone.username }).orFail()).disable();
  const page = await ada.get(`/domains/${club.slug}`);
  assert.match(page.text, new RegExp(`href="/users/${ada.username}"`));
  assert.ok(!page.text.includes(gone.username), "disabled users are not shown");
  const titles: string[] = [];
  for (let next: string | null = `/domains/${club.slug}`; next; ) {
    const { text } = await ada.get(next);
    titles.push(...[...text.matchAll(/>(Post \d+)\.</g)].map(([, title = ""]) => title));
    next = /href="([^"]*before=\d+)" rel="next"/.exec(text)?.[1] ?? null;
  }
  assert.deepEqual(
    titles,
    Array.from({ length: 45 }, (_, n) => `Post ${45 - n}`),
  );
  assert.equal((await ada.get(`/domains/${club.slug}?before=`)).status, 200);
});

test("disabled members take no place on the pages of a domain", async () => {
  const club = await domain();
  await User.insertMany(
    Array.from({ length: 25 }, (_, n) => ({
      ...{ username: `former${n}`, email: `former${n}@example.org`, disabledAt: new Date() },
      roles: [{ role: "user", domain: club.id }],
    })),
  );
  const ada = await withRole("user", club.id);
  for (const address of [`/domains/${club.slug}`, `/domains/${club.slug}/people`]) {
    const { text } = await ada.get(address);
    assert.match(text, new RegExp(`href="/users/${ada.username}"`), address);
    assert.doesNotMatch(text, /former\d|rel="next"|class="members-all"/, address);
  }
});

test("an unknown domain gives 404", async () => {
  const root = await withRole("superadmin");
  for (const odd of ["nothing", "%00", "__proto__", "[object%20Object]", "a".repeat(3000), "..%2f", "$gt", "CLUB-1"])
    for (const at of ["/domains/", "/admin/domains/"]) assert.equal((await root.get(at + odd)).status, 404, at + odd);
});

test("the list of domains shows a domain admin their own domains, and a superadmin all of them", async () => {
  const [mine, other] = [await domain(), await domain()];
  const [admin, root] = [await withRole("admin", mine.id), await withRole("superadmin")];
  const own = (await admin.get("/admin/domains")).text;
  assert.ok(own.includes(`/admin/domains/${mine.slug}"`) && !own.includes(`/admin/domains/${other.slug}"`));
  assert.doesNotMatch(own, /Create an organization/);
  assert.doesNotMatch(own, /href="\/admin\/users"|href="\/admin"/, "no links to pages for site admins");
  const all = (await root.get("/admin/domains")).text;
  assert.ok(all.includes(`/admin/domains/${mine.slug}"`) && all.includes(`/admin/domains/${other.slug}"`));
});

test("leaving a domain ends access to it at once, keeps other roles, and appears in the activity", async () => {
  const [club, other] = [await domain("Rope & sail"), await domain()];
  const ada = await withRole("editor", club.id);
  await join(ada, other.id);
  const readRoles = async () =>
    (await User.findOne({ username: ada.username }).orFail()).roles.map(({ role, domain }) => `${role}@${domain}`);
  const path = `/domains/${club.slug}/leave`;
  assert.ok((await ada.get(`/domains/${club.slug}`)).text.includes(`href="${path}"`));
  assert.match((await ada.get(path)).text, /<h1>Leave <bdi>Rope &amp; sail<\/bdi><\/h1>/);
  assert.equal((await ada.submit(path, { more: "x" })).status, 400);
  assert.deepEqual(await readRoles(), [`editor@${club.id}`, `user@${other.id}`], "opening the page changes nothing");
  const left = await ada.submit(path, {});
  assert.deepEqual([left.status, left.location], [303, "/domains"]);
  assert.match((await ada.get("/domains")).text, /You&#39;ve left Rope &amp; sail\./);
  assert.deepEqual(await readRoles(), [`user@${other.id}`]);
  for (const gone of [path, `/domains/${club.slug}`]) assert.equal((await ada.get(gone)).status, 404);
  assert.equal((await ada.submit("/posts/new", {}, path)).status, 404, "a former member cannot leave again");
  assert.match(
    (await ada.get("/account/activity")).text,
    /You left an organization\. <q dir="auto">Rope &amp; sail<\/q>/,
  );
});

test("a domain admin cannot leave the domain unless they are also a site admin", async () => {
  const club = await domain();
  const [admin, root] = [await withRole("admin", club.id), await withRole("admin")];
  await (await User.findOne({ username: root.username }).orFail()).grantRole({ role: "admin", domain: club.id });
  const path = `/domains/${club.slug}/leave`;
  assert.doesNotMatch((await admin.get(`/domains/${club.slug}`)).text, /\/leave"/);
  const refused = await admin.submit("/posts/new", {}, path);
  assert.equal(refused.status, 403);
  assert.match(refused.text, /Ask a site admin to remove you/);
  assert.equal((await admin.get(`/domains/${club.slug}`)).status, 200);
  assert.equal((await root.submit(path, {})).status, 303);
  const { roles } = await User.findOne({ username: root.username }).orFail();
  assert.deepEqual(
    roles.map(({ role, domain }) => [role, domain]),
    [["admin", null]],
  );
});
