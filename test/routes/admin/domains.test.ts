import "../../support/environment.js";
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Domain } from "../../../src/models/domain.js";
import { Membership } from "../../../src/models/membership.js";
import { Post } from "../../../src/models/post.js";
import { User } from "../../../src/models/user.js";
import { domain } from "../../support/users/domains.js";
import { type Member, member, post, signedUp, withRole } from "../../support/users.js";
import { hiddenFields } from "../../support/visitor.js";

const getId = async ({ username }: { username: string }) => String((await User.findOne({ username }).orFail())._id);
/** Returns the roles of a user, each as `role` or `role@domain`. */
async function readRoles({ username }: { username: string }) {
  const { roles } = await User.findOne({ username }).orFail();
  return roles.map(({ role, domain: where }) => (where ? `${role}@${where}` : role)).sort();
}
const place = (admin: Member, slug: string, user: string, role: string) =>
  admin.submit(`/admin/domains/${slug}`, { user, role });
const remove = async (admin: Member, slug: string, who: { username: string }) =>
  admin.submit(`/admin/domains/${slug}`, {}, `/admin/domains/${slug}/members/${await getId(who)}/remove`);

test("a superadmin creates and renames a domain, and two domains cannot have the same slug", async () => {
  const root = await withRole("superadmin");
  const opened = await root.submit("/admin/domains", { name: "Rope makers", slug: "rope-makers" });
  assert.deepEqual([opened.status, opened.location], [303, "/admin/domains/rope-makers"]);
  const again = await root.submit("/admin/domains", { name: "Others", slug: "rope-makers" });
  assert.equal(again.status, 422);
  assert.match(again.text, /This web address is taken/);
  assert.match(again.text, /value="Others"/);
  await root.submit("/admin/domains", { name: "Sail makers", slug: "sail-makers" });
  const clash = await root.submit("/admin/domains/sail-makers/edit", { name: "Sail makers", slug: "rope-makers" });
  assert.equal(clash.status, 422);
  const renamed = await root.submit("/admin/domains/sail-makers/edit", { name: "Sails", slug: "sails" });
  assert.equal(renamed.location, "/admin/domains/sails");
  assert.equal((await root.get("/admin/domains/sail-makers")).status, 404);
  const events = await AuditEvent.find({ event: /^domain\./ }).lean();
  assert.deepEqual(events.map(({ event }) => event).sort(), ["domain.opened", "domain.opened", "domain.renamed"]);
});

test("of ten domains created at once with the same slug, one is stored", async () => {
  const root = await withRole("superadmin");
  const names = Array.from({ length: 10 }, (_, n) => ({ name: `Race ${n}`, slug: "race" }));
  const answers = await Promise.all(names.map((one) => root.submit("/admin/domains", one)));
  assert.equal(answers.filter(({ status }) => status === 303).length, 1);
  assert.equal(await Domain.countDocuments({ slug: "race" }), 1);
});

test("an invalid name or slug shows an error, and no domain is created", async () => {
  const root = await withRole("superadmin");
  const mistakes: [Record<string, string>, RegExp][] = [
    [{ slug: "" }, /Enter a web address/],
    [{ slug: "new" }, /address is reserved/],
    [{ slug: "Upper" }, /lowercase letters/],
    [{ slug: "two words" }, /lowercase letters/],
    [{ slug: "-a" }, /lowercase letters/],
    [{ slug: "a--b" }, /lowercase letters/],
    [{ slug: "a".repeat(41) }, /at most 40/],
    [{ slug: "__proto__" }, /lowercase letters/],
    [{ name: "" }, /Enter a name for the organization/],
    [{ name: "\u200b" }, /Enter a name for the organization/],
    [{ name: "x".repeat(61) }, /at most 60/],
    [{ createdAt: "1999-01-01" }, /unexpected field/],
  ];
  const before = await Domain.countDocuments();
  for (const [mistake, message] of mistakes) {
    const page = await root.submit("/admin/domains", { name: "Good", slug: "good", ...mistake });
    assert.equal(page.status, 422, JSON.stringify(mistake));
    assert.match(page.text, message);
  }
  assert.equal(await Domain.countDocuments(), before);
});

test("a domain admin adds members, changes their roles and removes them, with immediate effect in every session", async () => {
  const { id, slug, name } = await domain();
  const [admin, ada] = [await withRole("admin", id), await member()];
  assert.equal((await ada.get(`/domains/${slug}`)).status, 404);
  assert.equal((await place(admin, slug, ada.username.toUpperCase(), "user")).status, 303);
  assert.deepEqual(await readRoles(ada), [`user@${id}`]);
  assert.equal((await ada.get(`/domains/${slug}`)).status, 200);
  assert.match((await ada.get("/domains")).text, /You're a member/);
  assert.equal((await place(admin, slug, ada.username, "editor")).status, 303);
  assert.deepEqual(await readRoles(ada), [`editor@${id}`], "a user has one role in a domain, not two");
  assert.equal((await remove(admin, slug, ada)).status, 303);
  assert.deepEqual(await readRoles(ada), []);
  assert.equal((await ada.get(`/domains/${slug}`)).status, 404);
  assert.equal((await remove(admin, slug, ada)).status, 404, "a user who was removed cannot be removed again");
  const activity = (await ada.get("/account/activity")).text;
  for (const what of [
    "added to an organization",
    "role in an organization was changed",
    "removed from an organization",
  ])
    assert.match(activity, new RegExp(`${what}\\. <q dir="auto">${name}</q>`));
});

test("adding an unknown or disabled user, or an unknown role, shows an error", async () => {
  const { id, slug } = await domain();
  const [admin, ada, gone] = [await withRole("admin", id), await member(), await member()];
  await (await User.findOne({ username: gone.username }).orFail()).disable();
  for (const role of ["superadmin", "", "root", "__proto__", "users.read"])
    assert.equal((await place(admin, slug, ada.username, role)).status, 422, role);
  for (const user of ["", "nobody-at-all", gone.username, "$ne", "a".repeat(5000), ".", "\u200b"])
    assert.equal((await place(admin, slug, user, "user")).status, 422, user);
  assert.deepEqual(await readRoles(ada), []);
  assert.deepEqual(await readRoles(gone), []);
});

test("a domain admin can add users only by username, and a site admin also by email", async () => {
  const { id, slug } = await domain();
  const [admin, root, ada, new_] = [
    await withRole("admin", id),
    await withRole("admin"),
    await member(),
    await signedUp(),
  ];
  const pages = [];
  for (const user of [ada.email, "nobody@example.org"])
    pages.push((await place(admin, slug, user, "user")).text.replaceAll(user, "…").replace(/_csrf" value="[^"]*/g, ""));
  assert.equal(pages[0], pages[1]);
  assert.match(pages[0] ?? "", /Enter a username/);
  assert.ok(!(await admin.get(`/admin/domains/${slug}`)).text.includes("@example.org"));
  assert.equal((await place(root, slug, ada.email.toUpperCase(), "user")).status, 303);
  assert.deepEqual(await readRoles(ada), [`user@${id}`]);
  assert.equal((await place(root, slug, new_.email, "user")).status, 422, "an unconfirmed email finds no user");
});

test("a domain admin cannot demote or remove admins, including themselves; a site admin can", async () => {
  const { id, slug } = await domain();
  const [one, other, root] = [await withRole("admin", id), await withRole("admin", id), await withRole("admin")];
  for (const who of [one, other]) {
    assert.equal((await place(one, slug, who.username, "user")).status, 403);
    assert.equal((await remove(one, slug, who)).status, 403);
    assert.deepEqual(await readRoles(who), [`admin@${id}`]);
  }
  assert.equal((await place(root, slug, other.username, "user")).status, 303);
  assert.equal((await remove(root, slug, one)).status, 303);
  assert.deepEqual([await readRoles(one), await readRoles(other)], [[], [`user@${id}`]]);
});

test("saving the role of a member who leaves at this moment shows a conflict and does not add them again", async () => {
  const { id, slug } = await domain();
  const [admin, ada] = [await withRole("admin", id), await withRole("user", id)];
  const address = `/admin/domains/${slug}`;
  const row = (await admin.get(address)).text.split('<form class="role-form"').at(-1) ?? "";
  const hidden = hiddenFields(`<form class="role-form"${row}`, address);
  assert.equal(hidden.user, ada.username);
  const original = Membership.setRole;
  const held = mock.method(Membership, "setRole", async (...all: Parameters<typeof original>) => {
    held.mock.restore();
    assert.equal((await ada.submit(`/domains/${slug}/leave`, {})).status, 303);
    return original(...all);
  });
  const page = await admin.send(address, { ...hidden, role: "editor" });
  assert.equal(page.status, 409, page.text);
  assert.deepEqual(await readRoles(ada), []);
  const again = await admin.send(address, { ...hidden, ...hiddenFields(page.text, address), role: "editor" });
  assert.equal(again.status, 303, "sending the form again adds the user");
  assert.deepEqual(await readRoles(ada), [`editor@${id}`]);
});

test("adding a user to a domain or removing them keeps their roles elsewhere", async () => {
  const [here, there] = [await domain(), await domain()];
  const [admin, root] = [await withRole("admin", here.id), await withRole("superadmin")];
  await (await User.findOne({ username: root.username }).orFail()).grantRole({ role: "editor", domain: there.id });
  await place(admin, here.slug, root.username, "user");
  assert.deepEqual(await readRoles(root), [`editor@${there.id}`, "superadmin", `user@${here.id}`].sort());
  await remove(admin, here.slug, root);
  assert.deepEqual(await readRoles(root), [`editor@${there.id}`, "superadmin"].sort());
});

test("after twenty concurrent role changes, a member has at most one role in the domain", async () => {
  const { id, slug } = await domain();
  const [admin, ada] = [await withRole("admin", id), await member()];
  const roles = ["user", "editor"];
  const tries = Array.from({ length: 20 }, (_, n) =>
    n % 5 === 4 ? remove(admin, slug, ada) : place(admin, slug, ada.username, roles[n % 2] ?? ""),
  );
  await Promise.all(tries);
  assert.ok((await readRoles(ada)).length <= 1, String(await readRoles(ada)));
});

test("closing a domain removes its members and turns its posts into drafts", async () => {
  const { id, slug } = await domain();
  const [root, ada] = [await withRole("superadmin"), await withRole("user", id)];
  const url = await post(ada, { title: "Ours", visibility: "domain" });
  const orphan = await post(ada, { title: "Nobody's", visibility: "domain" });
  await Post.updateOne({ _id: orphan.split("/")[2] }, { author: null });
  const close = (confirmation: string) => root.submit(`/admin/domains/${slug}/delete`, { confirmation });
  assert.equal((await close("")).status, 422);
  assert.equal((await close("another")).status, 422);
  assert.equal((await close(slug)).location, "/admin/domains");
  assert.deepEqual(await readRoles(ada), []);
  const left = await Post.findById(url.split("/")[2]).lean().orFail();
  assert.deepEqual([left.visibility, left.publishedAt, left.domain, left.place], ["draft", null, undefined, undefined]);
  assert.equal(await Post.countDocuments({ title: "Nobody's" }), 0);
  assert.equal((await ada.get(url)).status, 200);
  assert.equal((await root.get(url)).status, 404, "only its author can see a draft");
  assert.equal((await close(slug)).status, 404);
});

test("long lists of domains and members are paged, and each entry appears once", async () => {
  const { id, slug } = await domain();
  const root = await withRole("superadmin");
  await User.insertMany(
    Array.from({ length: 45 }, (_, n) => ({
      username: `crowd${n}`,
      email: `crowd${n}@example.org`,
      roles: [{ role: "user", domain: id }],
    })),
  );
  await Domain.insertMany(Array.from({ length: 30 }, (_, n) => ({ name: `Z ${n}`, slug: `zz-${n}` })));
  for (const [start, pattern, least] of [
    [`/admin/domains/${slug}`, /Role of (crowd\d+)/g, 45],
    [`/domains/${slug}/people`, /href="\/users\/(crowd\d+)"/g, 45],
    ["/admin/domains", /\/admin\/domains\/(zz-\d+)"/g, 30],
  ] as const) {
    const seen: string[] = [];
    for (let next: string | null = start; next; ) {
      const { text } = await root.get(next);
      seen.push(...[...text.matchAll(pattern)].map(([, one = ""]) => one));
      next = /href="([^"]*after=[^"]*)" rel="next"/.exec(text)?.[1] ?? null;
    }
    assert.deepEqual([seen.length, new Set(seen).size], [least, least], start);
  }
  for (const beyond of ["after=", `after=${"f".repeat(24)}`])
    for (const start of ["/admin/domains", `/admin/domains/${slug}`, `/domains/${slug}/people`])
      assert.equal((await root.get(`${start}?${beyond}`)).status, 200, beyond);
});
