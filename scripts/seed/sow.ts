import { randomInt } from "node:crypto";
import { Post, type Writing } from "../../src/models/post.js";
import { PROTECTED, renewAuthenticator } from "./authenticator.js";
import { type Author, type Draft, readCast } from "./cast.js";
import { writeComments } from "./comments.js";
import { domains, type Entry, invited, roster } from "./roster.js";
import { appoint, inviteOne, openDomains, type Places, settle } from "./settle.js";

/** Letters and digits that do not look alike. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";
const HOURS = 3_600_000;
/** Time between two posts. */
const APART_MS = 31 * HOURS;

/** Result of seeding. */
export interface Sown {
  /** The users who can log in, and their roles in words. */
  people: { username: string; is: string }[];
  /** The users who cannot log in, and why. */
  others: { name: string; is: string }[];
  /** The new password that all of them share. */
  password: string;
  /** The user with an authenticator app, and its key. */
  app: { username: string; key: string };
  /** Number of new posts. */
  written: number;
}

/**
 * Creates the missing demonstration users, domains, roles and posts. Gives all demonstration users a new random
 * password, and one of them a new authenticator app, so that no account has a known one (ASVS V6.3.2). Everything else stays unchanged.
 * @throws Error if another user has one of the usernames
 */
export async function sow(): Promise<Sown> {
  const cast = readCast().map((author) => ({ author, entry: findEntry(author) }));
  const password = randomPassword();
  const places = await openDomains();
  const ids = new Map<string, string>();
  for (const { author, entry } of cast) {
    const user = await settle(author, entry, password);
    await appoint(user, entry, places);
    ids.set(author.username, user.id);
  }
  const authors = cast.map(({ author }) => author);
  const written = await writePosts(authors, ids, places);
  await writeComments(ids);
  await inviteOne(ids.get(invited.by) ?? "");
  const app = { username: PROTECTED, key: await renewAuthenticator(ids.get(PROTECTED) ?? "") };
  return { ...described(cast), password, app, written };
}

function findEntry({ username }: Author): Entry {
  const entry = roster[username];
  if (!entry) throw new Error(`There is a file for ${username}, but no entry in the roster.`);
  return entry;
}

/** Describes the users, most powerful first. */
function described(cast: { author: Author; entry: Entry }[]): Pick<Sown, "people" | "others"> {
  const order = Object.keys(roster);
  const sorted = cast.toSorted((a, b) => order.indexOf(a.author.username) - order.indexOf(b.author.username));
  const people = sorted.filter(({ entry }) => !entry.state);
  const others = sorted.filter(({ entry }) => entry.state);
  return {
    people: people.map(({ author, entry }) => ({ username: author.username, is: formatRole(entry) })),
    others: [
      ...others.map(({ author, entry }) => ({ name: author.username, is: entry.state ?? "" })),
      { name: invited.email, is: `invited as ${invited.role}` },
    ],
  };
}

function formatRole({ role, in: place }: Entry): string {
  const where = domains.find(({ slug }) => slug === place?.domain)?.name;
  if (place) return place.role === "user" ? `member of ${where}` : `${place.role} of ${where}`;
  return role ?? "member";
}

function randomPassword(): string {
  const group = () => Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  return Array.from({ length: 4 }, group).join("-");
}

/** Writes posts of all users in turn, with dates in the past, so that the lists look natural. */
async function writePosts(cast: Author[], ids: Map<string, string>, places: Places): Promise<number> {
  const rounds = Math.max(...cast.map(({ posts }) => posts.length));
  const all = Array.from({ length: rounds }, (_, n) =>
    cast.map(({ username, posts }) => ({ username, post: posts[n] })),
  ).flat();
  let written = 0;
  for (const [n, { username, post }] of all.entries()) {
    const author = ids.get(username) ?? "";
    if (!post || (await Post.exists({ author, title: post.title }))) continue;
    const { _id, publishedAt } = await Post.write(author, createWriting(post, places));
    const at = new Date(Date.now() - (all.length - n) * APART_MS);
    // Does not use Mongoose, because Mongoose protects `createdAt`.
    await Post.collection.updateOne(
      { _id },
      { $set: { createdAt: at, updatedAt: at, publishedAt: publishedAt && at } },
    );
    written += 1;
  }
  return written;
}

function createWriting({ title, body, visibility, domain }: Draft, places: Places): Writing {
  if (visibility !== "domain") return { title, body, visibility };
  return { title, body, visibility, domain: places.get(domain ?? "") };
}
