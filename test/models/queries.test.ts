import "../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import mongoose, { Types } from "mongoose";
import { digest } from "../../src/lib/secrets.js";
import { AuditEvent } from "../../src/models/audit-event.js";
import { dropExpired } from "../../src/models/cleanup.js";
import { listCommentPage, readCommentPage } from "../../src/models/comment/lists.js";
import { Comment } from "../../src/models/comment.js";
import { Device } from "../../src/models/device.js";
import { Export } from "../../src/models/export.js";
import { IdempotencyKey } from "../../src/models/idempotency-key.js";
import { LoginThrottle } from "../../src/models/login-throttle.js";
import { MailedLink } from "../../src/models/mailed-link.js";
import { readPage } from "../../src/models/post/api-pages.js";
import { findWithAuthor, listByAuthor, listPostPage } from "../../src/models/post/lists.js";
import { listOwn } from "../../src/models/post/own-list.js";
import { Post } from "../../src/models/post.js";
import { rememberBrowser, verifyRememberToken } from "../../src/models/session/remember-me.js";
import { Session } from "../../src/models/session.js";
import { abandonedSignUps } from "../../src/models/user/register/abandoned.js";
import { toUniqueIndex } from "../../src/models/user/schema.js";
import { User } from "../../src/models/user.js";
import "../support/database/open.js";
import { explained } from "../support/database/explained.js";

const POSTS = 3_000;
const AUTHORS = 30;

const authors = Array.from({ length: AUTHORS }, (_, n) => ({
  _id: new Types.ObjectId(),
  id: "",
  username: `author${n}`,
  postCount: POSTS / AUTHORS,
}));
for (const author of authors) author.id = String(author._id);
const commented = new Types.ObjectId();
const device = String(new Types.ObjectId());
const club = String(new Types.ObjectId());
const later = () => new Date(Date.now() + 3_600_000);
const [first, second] = authors as [(typeof authors)[0], (typeof authors)[0]];

before(async () => {
  const emailConfirmedAt = new Date();
  const account = (username: string) => ({
    username,
    email: `${username}@example.org`,
    emailConfirmedAt,
    profile: { phone: `phone-of-${username}` },
    recoveryEmail: { address: `${username}@example.net`, since: emailConfirmedAt },
    passkeys: [{ credential: `credential-of-${username}`, publicKey: "x", name: "Phone", addedAt: emailConfirmedAt }],
  });
  await User.collection.createIndex(...toUniqueIndex("phone")); // as if the field had `isUnique`
  await User.insertMany(authors.map(({ _id, username }) => ({ _id, ...account(username) })));
  const common = { body: "x", html: "x", publishedAt: new Date(), visibility: "public" };
  const posts = Array.from({ length: POSTS }, (_, n) => {
    const text = { title: `Post ${n + 1}`, slug: `post-${n + 1}` };
    return { ...common, ...text, author: authors[n % AUTHORS]?._id, place: { public: n + 1, members: n + 1 } };
  });
  await Post.insertMany(posts);
  const inside = { ...common, visibility: "domain", domain: club, title: "In a club", slug: "in-a-club" };
  await Post.insertMany(Array.from({ length: 100 }, (_, n) => ({ ...inside, place: { domain: n + 1 } })));
  const comment = { author: second._id, hiddenBy: first._id, body: "x", createdAt: new Date() };
  const ofOne = Array.from({ length: 200 }, (_, n) => ({ ...comment, post: commented, number: n + 1 }));
  const ofOthers = Array.from({ length: 800 }, (_, n) => ({ ...comment, post: new Types.ObjectId(), number: n + 1 }));
  await Comment.insertMany(
    [...ofOne, ...ofOthers].map((one) => ({ ...one, author: authors[one.number % AUTHORS]?._id })),
  );
  const key = { fingerprint: "x", expiresAt: later() };
  await IdempotencyKey.insertMany(
    Array.from({ length: 200 }, (_, n) => ({
      ...{ ...key, _id: `key${n}`, user: authors[n % 2]?._id, post: new Types.ObjectId() },
    })),
  );
  await mongoose.connection
    .collection<{ _id: string }>("counters")
    .insertOne({ _id: "posts", values: { public: POSTS, members: POSTS } } as never);
  const session = (n: number) => ({
    _id: `session${n}`,
    session: { passport: { user: first._id }, epoch: 0, signedInAt: Date.now() },
    expires: new Date(Date.now() + 60_000),
  });
  const seen = { user: first._id, firstSeenAt: new Date(), lastSeenAt: new Date() };
  const known = Array.from({ length: 300 }, (_, n) => ({ ...seen, key: digest(`browser${n}`), expiresAt: later() }));
  await Device.insertMany([{ ...known[0], _id: device, key: "x" }, ...known]);
  await rememberBrowser(device, await User.findById(first._id).orFail());
  const entry = { user: first._id, event: "x", at: new Date(), expiresAt: new Date(Date.now() + 60_000) };
  await AuditEvent.insertMany(Array.from({ length: 200 }, () => entry));
  await AuditEvent.insertMany(Array.from({ length: 200 }, () => ({ ...entry, user: second._id })));
  const links = { user: first._id, email: "author0@example.org", epoch: 0, expiresAt: later() };
  await MailedLink.insertMany(
    Array.from({ length: 300 }, (_, n) => ({ ...links, hash: [digest(`link${n}`)], purpose: "not-me" })),
  );
  await MailedLink.issue({
    purpose: "email-change",
    user: { _id: first._id, sessionEpoch: 0 },
    email: "new@example.org",
  });
  await Session.collection.insertMany(Array.from({ length: 500 }, (_, n) => session(n)) as never);
});

async function all(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

const reads: Record<string, { read: () => Promise<unknown>; documents: number; keys: number }> = {
  "the first page of the public list": { read: () => listPostPage("public", 1), documents: 20, keys: 21 },
  "the last page of the public list": { read: () => listPostPage("public", POSTS / 20), documents: 20, keys: 21 },
  "a page far beyond the end": { read: () => listPostPage("members", 500_000), documents: 20, keys: 21 },
  "a page in the middle of the members' list": { read: () => listPostPage("members", 75), documents: 20, keys: 21 },
  "one post": {
    read: async () => findWithAuthor(String((await Post.collection.findOne({ _id: { $exists: true } }))?._id)),
    documents: 1,
    keys: 1,
  },
  "an author's posts": { read: () => listByAuthor(first, ["public", "members"]), documents: 30, keys: 30 },
  "an author's older posts": { read: () => listByAuthor(first, ["public"], POSTS / 2), documents: 30, keys: 30 },
  "a dashboard": { read: () => listOwn(first), documents: 0, keys: 100 },
  "two dashboards at once": { read: () => Promise.all([listOwn(first), listOwn(second)]), documents: 0, keys: 201 },
  "the dashboard of a user with many posts": {
    read: () => listOwn({ ...first, postCount: 10_000 }),
    documents: 0,
    keys: 11,
  },
  "a later page of that dashboard": { read: () => listOwn(first, "ffffffffffffffffffffffff"), documents: 0, keys: 11 },
  "an API page of the members' list, with its total": {
    read: () => readPage({ of: "members" }, { limit: 20, page: 1 }),
    documents: 21,
    keys: 1_001,
  },
  "the last numbered API page": {
    read: () => readPage({ of: "members" }, { limit: 20, page: 50 }),
    documents: 21,
    keys: 1_021,
  },
  "a page after a cursor, however deep": {
    read: () => readPage({ of: "members" }, { limit: 20, page: 1, cursor: "40" }),
    documents: 21,
    keys: 1_001,
  },
  "an API page of an author's posts": {
    read: () => readPage({ of: "author", id: first.id, seen: ["public", "members"] }, { limit: 20, page: 1 }),
    documents: 21,
    keys: 102,
  },
  "an API page of a domain's posts": {
    read: () => readPage({ of: "domain", id: club }, { limit: 20, page: 2 }),
    documents: 21,
    keys: 101,
  },
  "an API page of the user's own posts": {
    read: () => readPage({ of: "own", id: first.id }, { limit: 20, page: 1 }),
    documents: 21,
    keys: 101,
  },
  "an API page of the user's own posts, after a cursor": {
    read: () => readPage({ of: "own", id: first.id }, { limit: 20, page: 1, cursor: "f".repeat(24) }),
    documents: 21,
    keys: 101,
  },
  "a page of comments": { read: () => listCommentPage(commented, 3), documents: 20, keys: 21 },
  "a numbered API page of comments": {
    read: () => readCommentPage(commented, { limit: 20, page: 5 }),
    documents: 21,
    keys: 102,
  },
  "an API page of comments after a cursor": {
    read: () => readCommentPage(commented, { limit: 20, page: 1, cursor: "100" }),
    documents: 21,
    keys: 22,
  },
  "the number of comments": { read: () => Comment.count(commented), documents: 0, keys: 201 },
  "all comments of an author": { read: () => all(Comment.streamByAuthor(first.id)), documents: 101, keys: 102 },
  "posts that are being deleted": {
    read: () => Post.listDiscarded({ _id: new Types.ObjectId(), at: new Date() } as never),
    documents: 0,
    keys: 1,
  },
  "an idempotency key": {
    read: () => IdempotencyKey.reserve(first.id, { key: "7", fingerprint: "x" }),
    documents: 1,
    keys: 1,
  },
  "deleting a user's idempotency keys": { read: () => IdempotencyKey.forget(second._id), documents: 100, keys: 100 },
  "a login by name": { read: () => User.findByLogin("AUTHOR7"), documents: 1, keys: 1 },
  "a login by email": { read: () => User.findByLogin("author7@example.org"), documents: 1, keys: 1 },
  "a user by passkey": {
    read: () => User.findOne({ "passkeys.credential": "credential-of-author7" }).lean(),
    documents: 1,
    keys: 1,
  },
  "an unknown passkey": { read: () => User.exists({ "passkeys.credential": "nobodys" }), documents: 0, keys: 0 },
  "a user by recovery email": {
    read: () => User.findByRecoveryEmail("author7@example.net"),
    documents: 1,
    keys: 1,
  },
  "an unknown recovery email": { read: () => User.findByRecoveryEmail("x@example.net"), documents: 0, keys: 0 },
  "a user by a unique profile field": {
    read: () => User.findByUnique("phone", "PHONE-of-author7"),
    documents: 1,
    keys: 1,
  },
  "an unknown value of a unique profile field": {
    read: () => User.findByUnique("phone", "nobodys"),
    documents: 0,
    keys: 0,
  },
  "an author by name": { read: () => User.findPublic("Author7"), documents: 1, keys: 1 },
  "the live sessions of a user with many": {
    read: () => Session.listLive({ id: first.id, sessionEpoch: 0 }, 3_600_000),
    documents: 100,
    keys: 100,
  },
  "a mailed link with its user": { read: () => MailedLink.find("link7", "not-me"), documents: 1, keys: 1 },
  "an unknown mailed link": { read: () => MailedLink.find("x", "not-me"), documents: 0, keys: 0 },
  "the pending new email of a user": {
    read: () => MailedLink.pendingEmail({ id: first.id, sessionEpoch: 0 }),
    documents: 1,
    keys: 1,
  },
  "the unconfirmed registration of an email": {
    read: () => User.listUnconfirmed("author7@example.org"),
    documents: 1,
    keys: 1,
  },
  "a user's devices": { read: () => Device.listForUser(first.id), documents: 50, keys: 50 },
  "the users of a browser": { read: () => Device.findEntries("browser7"), documents: 1, keys: 1 },
  "a remembered browser": {
    read: () => verifyRememberToken({ device, secret: "not-the-secret" }, { ip: "", agent: "" }),
    documents: 1,
    keys: 1,
  },
  "accounts without search terms": { read: () => User.fillSearch(), documents: AUTHORS, keys: AUTHORS + 1 },
  "accounts due for deletion": { read: () => all(User.eachDue()), documents: 1, keys: 2 },
  "owners to be notified of a lockout": { read: () => LoginThrottle.listUntold(), documents: 1, keys: 1 },
  "unused registrations": { read: () => abandonedSignUps.list(new Date()), documents: 500, keys: 501 },
  "a page of a user's activity": { read: () => AuditEvent.listForUser(first.id), documents: 21, keys: 21 },
  "a user's newest export": { read: () => Export.findNewest(first.id), documents: 1, keys: 1 },
  "an unfinished export": { read: () => Export.findUnfinished(first.id), documents: 1, keys: 1 },
  "all posts of an author": { read: () => all(Post.streamByAuthor(first.id)), documents: 101, keys: 101 },
  "all events of a user": { read: () => all(AuditEvent.streamForUser(first.id)), documents: 201, keys: 201 },
  "expired documents": { read: () => dropExpired(new Date(1)), documents: 1, keys: 1 },
  "expired exports": { read: () => Export.sweep(new Date(1)), documents: 1, keys: 1 },
  "owners to be notified of a lockout, later": { read: () => LoginThrottle.listUntold(), documents: 0, keys: 1 },
  "a session with its user": { read: () => Session.findLive("session7", 3_600_000), documents: 1, keys: 1 },
};

for (const [what, { read, documents, keys }] of Object.entries(reads)) {
  test(`${what}: the read uses an index and examines at most ${documents} documents and ${keys} keys`, async () => {
    for (const plan of await explained(read)) {
      if (/"_id":\{"\$exists"/.test(plan.command)) continue; // a query of the test itself
      assert.ok(!plan.stages.has("COLLSCAN"), plan.command);
      assert.ok(!plan.stages.has("SORT"), `sorted in memory: ${plan.command}`);
      assert.ok(plan.examined <= documents, `${plan.examined} documents: ${plan.command}`);
      assert.ok(plan.keys <= keys, `${plan.keys} keys: ${plan.command}`);
    }
  });
}

test("the measured reads return the expected documents", async () => {
  assert.equal((await listPostPage("public", POSTS / 20)).posts.at(-1)?.title, "Post 1");
  assert.equal((await listCommentPage(commented, 3)).length, 20);
  assert.equal((await listOwn(first)).posts.length, 10);
  assert.equal((await User.findByLogin("AUTHOR7"))?.username, "author7");
  assert.equal((await User.findByUnique("phone", "PHONE-of-author7"))?.username, "author7");
  assert.equal((await Session.findLive("session7", 3_600_000))?.person.username, "author0");
});

test("ten lookups of sessions in one turn of the event loop share one read of sessions and one of users", async () => {
  assert.equal(
    (await explained(() => Promise.all(Array.from({ length: 10 }, (_, n) => Session.findLive(`session${n}`, 1)))))
      .length,
    2,
  );
});
