import "../support/environment.js";
import assert from "node:assert/strict";
import { before, mock, test } from "node:test";
import mongoose, { Types } from "mongoose";
import { systemActor } from "../../src/actor.js";
import { REACH } from "../../src/lib/pagination.js";
import { Domain } from "../../src/models/domain.js";
import { Membership } from "../../src/models/membership.js";
import { createEntry } from "../../src/models/outbox.js";
import { listInDomain } from "../../src/models/post/lists.js";
import { Post } from "../../src/models/post.js";
import { User } from "../../src/models/user.js";
import "../support/database/open.js";
import { explained } from "../support/database/explained.js";

const PEOPLE = 2_000;
const POSTS = 2_000;
const MANY = 300;
const ids = Array.from({ length: MANY }, () => new Types.ObjectId());
const [first, second] = ids as [Types.ObjectId, Types.ObjectId];
const people = Array.from({ length: PEOPLE }, () => new Types.ObjectId());
const someone = people[0] as Types.ObjectId;

before(async () => {
  await Domain.insertMany(ids.map((_id, n) => ({ _id, name: `Domain ${n}`, slug: `domain-${1000 + n}` })));
  const readRoles = (n: number) => {
    if (n % 4 === 0) return []; // not in a domain
    const here = { role: "user", domain: n % 2 ? first : second };
    return n % 3 ? [here] : [{ role: "editor" }, here, { role: "admin", domain: ids[n % MANY] }];
  };
  const account = (n: number) => ({ username: `person${n}`, email: `person${n}@example.org`, roles: readRoles(n) });
  await User.insertMany(people.map((_id, n) => ({ _id, ...account(n) })));
  const text = { title: "x", slug: "x", body: "x", html: "x", publishedAt: new Date() };
  const place = (n: number) =>
    n % 4
      ? { visibility: "domain", domain: n % 2 ? first : second, place: { domain: n + 1 } }
      : { visibility: "public", place: { public: n + 1, members: n + 1 } };
  const values = { public: POSTS, members: POSTS, domain: POSTS };
  await mongoose.connection.collection("counters").insertOne({ _id: "posts" as never, values });
  await Post.insertMany(Array.from({ length: POSTS }, (_, n) => ({ ...text, author: people[n], ...place(n) })));
});

const reads: Record<string, { read: () => Promise<unknown>; documents: number; keys: number }> = {
  "the newest posts of a domain": { read: () => listInDomain(first), documents: 21, keys: 21 },
  "older posts of a domain": { read: () => listInDomain(second, POSTS / 2), documents: 21, keys: 21 },
  "the members of a domain": { read: () => Membership.listPage(first), documents: 21, keys: 21 },
  "the next page of its members": {
    read: () => Membership.listPage(first, String(people[PEOPLE / 2])),
    documents: 21,
    keys: 21,
  },
  "a numbered page of its members": {
    read: () => Membership.listPage(first, undefined, { size: 5, skip: 10, isEnabled: true }),
    documents: 16,
    keys: 16,
  },
  "how many members it has": { read: () => Membership.count(first), documents: REACH, keys: REACH },
  "how many domains there are": { read: () => Domain.countAll(), documents: 0, keys: REACH },
  "one member of a domain": { read: () => Membership.find(String(someone), first), documents: 1, keys: 1 },
  "a domain by its slug": { read: () => Domain.findBySlug("domain-1007"), documents: 1, keys: 1 },
  "a page of all domains": { read: () => Domain.listAll("domain-1100"), documents: 21, keys: 21 },
  "the domains of a user": { read: () => Domain.listByIds(ids.slice(0, 3).map(String)), documents: 3, keys: 6 },
  "the domains of a user who is in very many": {
    read: () => Domain.listByIds(ids.map(String)),
    documents: 100,
    keys: 201,
  },
};

for (const [what, { read, documents, keys }] of Object.entries(reads)) {
  test(`${what}: the read uses an index and examines at most ${documents} documents and ${keys} keys`, async () => {
    for (const plan of await explained(read)) {
      const many = /"_id":\{"\$in"/.test(plan.command) && /users/.test(plan.command) ? 21 : 0; // a read of author names
      assert.ok(!plan.stages.has("COLLSCAN"), plan.command);
      assert.ok(!plan.stages.has("SORT"), `sorted in memory: ${plan.command}`);
      assert.ok(plan.examined <= Math.max(documents, many), `${plan.examined} documents: ${plan.command}`);
      assert.ok(plan.keys <= Math.max(keys, many * 2), `${plan.keys} keys: ${plan.command}`);
    }
  });
}

test("the measured reads return the expected documents", async () => {
  const { members, next } = await Membership.listPage(first);
  assert.deepEqual([members.length, next], [20, members.at(-1)?.id]);
  assert.equal((await listInDomain(first)).posts.length, 20);
  assert.equal((await Domain.listByIds(ids.map(String))).length, 100);
  assert.equal((await Domain.listAll()).next, "domain-1019");
});

test("a domain is closed once, and then no lookup finds it", async () => {
  const { _id } = (await Domain.open({ name: "Short", slug: "short" })) ?? assert.fail();
  const close = () => Domain.close(_id, createEntry("domain.closed", systemActor, {}));
  assert.deepEqual([await close(), await close()], [true, false]);
  const { slug, outbox } = await Domain.findById(_id).orFail();
  assert.equal(outbox?.length, 1, "the second call stores no follow-up");
  for (const one of [slug, "short"]) assert.equal(await Domain.findBySlug(one), null);
  assert.deepEqual(await Domain.listByIds([String(_id)]), []);
  assert.equal(await Domain.findNames(String(_id)), null);
  await Domain.deleteOne({ _id });
});

test("after concurrent role changes in a domain, a user has at most one role there and keeps all roles elsewhere", async () => {
  const user = new Types.ObjectId();
  const elsewhere = { role: "editor", domain: second } as const;
  await User.create({
    _id: user,
    username: "race",
    email: "race@example.org",
    emailConfirmedAt: new Date(),
    roles: [elsewhere, { role: "admin" }],
  });
  const roles = ["user", "editor", "admin"] as const;
  await Promise.all(
    Array.from({ length: 30 }, (_, n) =>
      n % 7 === 0
        ? Membership.end(user, first)
        : Membership.setRole(user, first, { role: roles[n % 3] ?? "user", spared: [] }),
    ),
  );
  const held = (await User.findById(user).orFail()).roles;
  assert.ok(held.filter(({ domain }) => domain?.equals(first)).length <= 1);
  assert.equal(held.filter(({ domain }) => domain?.equals(second)).length, 1);
  assert.equal(held.filter(({ role, domain }) => role === "admin" && !domain).length, 1);
});

test("a role change skips a user with a protected role in this domain", async () => {
  const user = new Types.ObjectId();
  const roles = [{ role: "admin", domain: first }];
  await User.create({
    _id: user,
    username: "spared",
    email: "spared@example.org",
    emailConfirmedAt: new Date(),
    roles,
  });
  assert.equal(await Membership.setRole(user, first, { role: "user", spared: ["admin"] }), "not-found");
  assert.equal(await Membership.end(user, first, { spared: ["admin"] }), false);
  assert.equal(
    await Membership.setRole(user, second, { role: "user", spared: ["admin"] }),
    null,
    "a role in one domain is not protected in another",
  );
  assert.equal(await Membership.setRole(user, first, { role: "user" }), "admin");
});

test("a post moved between domains and visibilities appears in exactly the right lists", async () => {
  const writing = { title: "Moves", body: "x" };
  const { _id } = await Post.write(String(someone), { ...writing, visibility: "draft" });
  const audiences = [
    { visibility: "domain", domain: first },
    { visibility: "domain", domain: second },
    { visibility: "public" },
    { visibility: "domain", domain: first },
    { visibility: "members" },
    { visibility: "domain", domain: second },
    { visibility: "draft" },
  ] as const;
  const lists = { public: ["members", "public"], members: ["members"], domain: ["domain"], draft: [] };
  const check = async () => {
    const post = await Post.findById(_id).lean().orFail();
    assert.deepEqual(Object.keys(post.place ?? {}).sort(), lists[post.visibility], post.visibility);
    assert.equal(post.domain != null, post.visibility === "domain");
    assert.equal(post.publishedAt === null, post.visibility === "draft");
    return post;
  };
  for (const audience of audiences) {
    await Post.revise(_id, () => ({ ...writing, ...audience }));
    const post = await check();
    const domain = "domain" in audience ? audience.domain : null;
    assert.equal(String(post.domain ?? null), String(domain));
    for (const one of [first, second]) {
      const isListed = (await listInDomain(one)).posts.some((listed) => listed._id.equals(_id));
      assert.equal(isListed, domain !== null && one.equals(domain));
    }
  }
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(audiences.map((audience) => Post.revise(_id, () => ({ ...writing, ...audience }))));
    await check();
  }
});

test("editing a post in its domain keeps its position and publication date", async () => {
  const writing = { title: "Stays", body: "x", visibility: "domain", domain: first } as const;
  const { _id, place, publishedAt } = await Post.write(String(someone), writing);
  const revised = await Post.revise(_id, () => ({ ...writing, body: "y" }));
  assert.equal(revised?.place?.domain, place?.domain);
  assert.deepEqual(revised?.publishedAt, publishedAt);
});

test("an edit checks permission against the post as it is at the time of the write", async () => {
  const inDomain = { title: "Mine", body: "x", visibility: "domain", domain: first } as const;
  const { _id } = await Post.write(String(someone), inDomain);
  const moveAway = () => Post.collection.updateOne({ _id }, { $set: { visibility: "draft" }, $unset: { domain: 1 } });
  const seen: string[] = [];
  const write = mock.method(Post, "findOneAndUpdate", (...args: Parameters<typeof Post.findOneAndUpdate>) => {
    write.mock.restore();
    return { lean: () => moveAway().then(() => Post.findOneAndUpdate(...args).lean()) } as never;
  });
  const revised = await Post.revise(_id, ({ visibility }) => {
    seen.push(visibility);
    return visibility === "draft" ? null : { ...inDomain, title: "Taken" };
  });
  assert.deepEqual([revised, seen], [null, ["domain", "draft"]]);
  assert.equal((await Post.findById(_id).orFail()).title, "Mine");
});

test("writing a post for a domain without naming the domain throws a TypeError", async () => {
  await assert.rejects(Post.write(String(someone), { title: "x", body: "x", visibility: "domain" }), TypeError);
});
