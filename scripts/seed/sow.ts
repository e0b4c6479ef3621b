import { randomInt } from "node:crypto";
import { Post, type Writing } from "../../src/models/post.js";
import { type Author, type Draft, readCast } from "./cast.js";
import { domains, type Entry, invited, roster } from "./roster.js";
import { appoint, inviteOne, openDomains, type Places, settle } from "./settle.js";

/** No letters or digits that look alike. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";
const HOURS = 3_600_000;
/** The posts lie this far apart in time. */
const APART_MS = 31 * HOURS;

/** What was sown. */
export interface Sown {
  /** Everyone one can log in as, and what they are, in words. */
  people: { username: string; is: string }[];
  /** Those who cannot, and why. */
  others: { name: string; is: string }[];
  /** The password that all of them have from now on. */
  password: string;
  /** Posts that were not there before. */
  written: number;
}

/**
 * Sees to it that the people for demonstrations, their domains, roles and posts exist, and gives the people a new random
 * password: no account has one that could be known (ASVS V6.3.2). What else is there already is left as it is.
 * @throws when somebody else has one of the usernames
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
  await inviteOne(ids.get(invited.by) ?? "");
  return { ...described(cast), password, written };
}

function findEntry({ username }: Author): Entry {
  const entry = roster[username];
  if (!entry) throw new Error(`There is a file for ${username}, but no entry in the roster.`);
  return entry;
}

/** The mightiest first. */
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

/** Everyone writes in turn; the posts are dated back, so that the lists look lived in. */
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
    // Past Mongoose, which guards the date of writing.
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
