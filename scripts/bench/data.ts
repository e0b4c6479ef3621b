import { createHash, randomBytes } from "node:crypto";
import signature from "cookie-signature";
import mongoose, { type Collection, Types } from "mongoose";
import { connectDatabase, disconnect } from "../../src/database/connect.js";
import { ensureIndexes } from "../../src/database/indexes.js";
import * as passwords from "../../src/lib/passwords/hash.js";
import { ApiToken } from "../../src/models/api-token.js";
import { Post } from "../../src/models/post.js";
import { Session } from "../../src/models/session.js";
import { createAccount } from "../../src/models/user/create/account.js";
import { buildSearchEntries } from "../../src/models/user/search/terms.js";
import { User } from "../../src/models/user.js";
import { readCast } from "../seed/cast.js";
import { createCopy } from "./copies.js";
import { logIn, PASSWORD, type Person } from "./visits.js";

// The application itself creates one user with posts and a session. All others are copies of that user, written in
// bulk, so the data always have the application's own format.

const POSTS_EACH = 10;
/** Number of users with an API token. */
export const TOKENS = 1_000;
const BATCH = 1_000;
/** A batch can take longer than what the application waits for. */
const PATIENCE_MS = 120_000;
const MINUTES = 60_000;
/** The application writes a session back within a tenth of the idle limit. The copies also look recently written. */
const LAST_WRITTEN_WITHIN_MS = 3 * MINUTES;
const IDLE_MS = 30 * MINUTES;

const template = { username: "template", email: "template@example.org" };

export interface DataSet {
  /** Number of users and of sessions. */
  size: number;
  /** All users. The first `writers` users have ten posts each, the others none. */
  people: Person[];
  writers: number;
  /** All posts, oldest first. The author of post n is the user with the number n modulo `writers`. */
  posts: { path: string; title: string; visibility: string }[];
}

/** Writes users and posts into an empty database. */
export async function fill(uri: string, size: number, postCount: number): Promise<DataSet> {
  await connectDatabase({ uri, operationMs: PATIENCE_MS });
  await ensureIndexes();
  const people = Array.from({ length: size }, (_, n) => newPerson(n));
  const writers = Math.min(size, postCount / POSTS_EACH);
  const passwordHash = await passwords.hash(PASSWORD);
  const registered = await createAccount({ ...template, passwordHash, isConfirmed: true });
  if (typeof registered === "string" || "taken" in registered) throw new Error("The database is not empty.");
  const original = await findOriginal(User.collection);
  await insert(User.collection, size, (n) => ({
    ...createCopy(original, changes(registered._id, people[n])),
    ...told(people[n] as Person, { n, size }),
    postCount: n < writers ? POSTS_EACH : 0,
  }));
  const posts = await fillPosts(registered._id, people.slice(0, writers), postCount);
  await createTokens(people.slice(0, TOKENS));
  await disconnect();
  return { size, people, writers, posts };
}

/** Returns the fields that differ between users: search terms, registration time, last login. */
function told({ username, email }: Person, { n, size }: { n: number; size: number }) {
  const createdAt = new Date(Date.now() - (size - n) * MINUTES);
  const lastLoginAt = new Date(Date.now() - ((n * 7_919) % size) * MINUTES);
  const roles = n === size - 1 ? [{ role: "admin", domain: null }] : [];
  return { search: buildSearchEntries({ username, email }), createdAt, lastLoginAt, roles };
}

/** Returns the admin of the data set. */
export const getAdmin = ({ people }: Pick<DataSet, "people">) => people.at(-1) as Person;

function newPerson(n: number): Person {
  return { id: new Types.ObjectId(), username: `person-${n}`, email: `person-${n}@example.org`, cookie: "", token: "" };
}

async function fillPosts(author: Types.ObjectId, writers: Person[], count: number): Promise<DataSet["posts"]> {
  for (const { title, body, visibility } of readCast().flatMap((person) => person.posts)) {
    if (visibility !== "domain") await Post.write(String(author), { title, body, visibility });
  }
  const originals = await Post.collection.find().sort({ _id: 1 }).toArray();
  await Post.collection.deleteMany({});
  const places = { public: 0, members: 0 };
  const posts: DataSet["posts"] = [];
  await insert(Post.collection, count, (n) => {
    const round = Math.floor(n / writers.length);
    const original = originals[(n + round * 11) % originals.length] as Copied; // other posts for each user
    const post = createCopy(original, changes(author, writers[n % writers.length])) as Copied;
    const at = new Date(Date.now() - (count - n) * MINUTES);
    Object.assign(post, { title: `${post.title} ${n}`, slug: `${post.slug}-${n}`, createdAt: at, updatedAt: at });
    if (post.publishedAt) post.publishedAt = at;
    for (const list of ["public", "members"] as const) if (post.place?.[list]) post.place[list] = ++places[list];
    posts.push({ path: `/posts/${post._id}/${post.slug}`, title: post.title, visibility: post.visibility });
    return post;
  });
  await mongoose.connection.collection("counters").updateOne({ _id: "posts" as never }, { $set: { values: places } });
  return posts;
}

/** Gives each of these users an API token. */
async function createTokens(people: Person[]): Promise<void> {
  const expiresAt = new Date(Date.now() + 30 * 24 * 60 * MINUTES);
  for (const person of people) {
    const wanted = {
      description: "bench",
      scopes: ["account.read" as const, "posts.read" as const, "posts.write" as const],
      expiresAt,
    };
    person.token = (await ApiToken.issue(String(person.id), wanted))?.secret ?? "";
  }
}

/** Gives every user a session. @param origin address of the application that serves this data set */
export async function openSessions(uri: string, origin: string, people: Person[], secret: string): Promise<void> {
  const cookie = await logIn(origin, template);
  await fetch(`${origin}/dashboard`, { headers: { cookie } }); // a page with a form creates the CSRF secret
  await connectDatabase({ uri, operationMs: PATIENCE_MS });
  const original = await findOriginal(Session.collection);
  const user = await User.findByLogin(template.email);
  await Session.collection.deleteMany({});
  const name = /[^ ;=]*sid(?==)/.exec(cookie)?.[0];
  await insert(Session.collection, people.length, (n) => {
    const person = people[n] as Person;
    const sid = randomBytes(24).toString("base64url");
    person.cookie = `${name}=${encodeURIComponent(`s:${signature.sign(sid, secret)}`)}`;
    const lastModified = new Date(Date.now() - Math.random() * LAST_WRITTEN_WITHIN_MS);
    const session = createCopy(original, changes(user?._id as Types.ObjectId, person)) as { session: object };
    if (person === getAdmin({ people })) session.session = { ...session.session, rights: "admin@" };
    const _id = createHash("sha256").update(sid).digest("hex");
    return { ...session, _id, lastModified, expires: new Date(lastModified.getTime() + IDLE_MS) };
  });
  await User.deleteOne({ _id: user?._id });
  await disconnect();
}

type Copied = {
  _id: Types.ObjectId;
  title: string;
  slug: string;
  visibility: string;
  publishedAt: Date | null;
  place?: Record<string, number>;
};

function changes(from: Types.ObjectId, to: Person | undefined): Map<string, unknown> {
  if (!to) throw new RangeError("There is nobody with that number.");
  return new Map<string, unknown>([
    [String(from), to.id],
    [template.username, to.username],
    [template.email, to.email],
  ]);
}

async function findOriginal(collection: Collection): Promise<object> {
  const found = await collection.findOne({});
  if (!found) throw new Error(`The application wrote nothing into ${collection.collectionName}.`);
  return found;
}

async function insert(collection: Collection, count: number, make: (n: number) => object): Promise<void> {
  for (let from = 0; from < count; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - from) }, (_, n) => make(from + n));
    await collection.insertMany(batch, { ordered: false });
  }
}
