import { randomInt } from "node:crypto";
import { Post } from "../../src/models/post.js";
import { User } from "../../src/models/user.js";
import { type Author, readCast } from "./cast.js";

/** No letters or digits that look alike. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";
const HOURS = 3_600_000;
/** The posts lie this far apart in time. */
const APART_MS = 31 * HOURS;

/** What was sown: everyone's username, and the password that all of them have from now on. */
export interface Sown {
  usernames: string[];
  password: string;
  /** Posts that were not there before. */
  written: number;
}

/**
 * Sees to it that the people for demonstrations and their posts exist, and gives the people a new random password: no
 * account has one that could be known (ASVS V6.3.2). What is there already is left as it is.
 * @throws when somebody else has one of the usernames
 */
export async function sow(): Promise<Sown> {
  const cast = readCast();
  const password = randomPassword();
  const ids = new Map<string, string>();
  for (const author of cast) ids.set(author.username, await account(author, password));
  const written = await writePosts(cast, ids);
  return { usernames: cast.map(({ username }) => username), password, written };
}

function randomPassword(): string {
  const group = () => Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  return Array.from({ length: 4 }, group).join("-");
}

/** The person's account, known by its e-mail address: a username could be anybody's. */
async function account({ username, bio }: Author, password: string): Promise<string> {
  const email = `${username}@demo.example.org`;
  const known = await User.findByLogin(email);
  if (known) {
    await known.setPassword(password);
    return known.id;
  }
  const registered = await User.register({ username, email, password });
  if (!registered) throw new Error(`The username ${username} is somebody's already; demo people need it.`);
  await registered.confirmEmail(email);
  await registered.describe({ bio });
  return registered.id;
}

/** Everyone writes in turn; the posts are dated back, so that the lists look lived in. */
async function writePosts(cast: Author[], ids: Map<string, string>): Promise<number> {
  const rounds = Math.max(...cast.map(({ posts }) => posts.length));
  const all = Array.from({ length: rounds }, (_, n) =>
    cast.map(({ username, posts }) => ({ username, post: posts[n] })),
  ).flat();
  let written = 0;
  for (const [n, { username, post }] of all.entries()) {
    const author = ids.get(username) ?? "";
    if (!post || (await Post.exists({ author, title: post.title }))) continue;
    const { _id, publishedAt } = await Post.write(author, post);
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
