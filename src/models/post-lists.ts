import { trusted, Types } from "mongoose";
import { batched } from "../lib/batch.js";
import { PAGE_SIZE, pageOf } from "../lib/pages.js";
import type { Visibility } from "../lib/visibility.js";
import { lastNumber } from "./counter.js";
import { Post, type PostFields } from "./post.js";
import { User } from "./user.js";

const summary = "title slug excerpt author visibility publishedAt updatedAt readingMinutes place";
const OWN_POSTS = 10;

/** A post as lists show it. */
export type PostSummary = Pick<
  PostFields,
  "_id" | "title" | "slug" | "excerpt" | "visibility" | "publishedAt" | "updatedAt" | "readingMinutes" | "place"
> & { author: { _id: Types.ObjectId; username: string } };

/** A whole post with its author. */
export type PostWithAuthor = Omit<PostFields, "author"> & { author: { _id: Types.ObjectId; username: string } };

/** One page of the list for everyone ("public") or for members, newest first. */
export async function listPage(list: "public" | "members", asked: number) {
  const { current, total, highest, above } = pageOf(await lastNumber("posts", list), asked);
  return { current, total, posts: (await readRange(`${list}:${above}:${highest}`)) ?? [] };
}

/** Requests of one turn that want the same page share one read. */
const readRange = batched(async (keys) => new Map(await Promise.all(keys.map(async (key) => [key, await range(key)] as const))));

async function range(key: string): Promise<PostSummary[]> {
  const [list, above, highest] = key.split(":");
  const place = `place.${list}`;
  const found = await Post.find({ [place]: trusted({ $gt: Number(above), $lte: Number(highest) }) })
    .sort({ [place]: -1 })
    .select(summary)
    .lean<PostFields[]>();
  return withAuthors(found);
}

async function withAuthors(found: PostFields[]): Promise<PostSummary[]> {
  const names = await User.usernames([...new Set(found.map((post) => post.author))]);
  return found.map((post) => ({
    ...post,
    author: { _id: post.author, username: names.get(String(post.author)) ?? "someone" },
  }));
}

/**
 * What an author shows to readers, newest first.
 * @param before only posts with a lower number in the members' list; pass `older` of the page before
 */
export async function listByAuthor(author: { _id: Types.ObjectId; username: string }, seen: Visibility[], before = Number.MAX_SAFE_INTEGER) {
  const found = await Post.find({ author: author._id, visibility: trusted({ $in: seen }), "place.members": trusted({ $lt: before }) })
    .sort({ "place.members": -1 })
    .limit(PAGE_SIZE + 1)
    .select(summary)
    .lean<PostFields[]>();
  const posts: PostSummary[] = found.slice(0, PAGE_SIZE).map((post) => ({ ...post, author }));
  return { posts, older: found.length > PAGE_SIZE ? (posts.at(-1)?.place?.members ?? null) : null };
}

/**
 * A person's own posts, drafts too, newest first.
 * @param before the id of the last post of the page before
 */
export async function listOwn(author: { id: string; username: string }, before?: string) {
  const found = (await readOwn(before ? `${author.id}:${before}` : author.id)) ?? [];
  const who = { _id: new Types.ObjectId(author.id), username: author.username };
  const posts: PostSummary[] = found.slice(0, OWN_POSTS).map((post) => ({ ...post, author: who }));
  return { posts, older: found.length > OWN_POSTS ? String(posts.at(-1)?._id) : null };
}

/** The first page of everyone who asked in this turn is one read; later pages are rare and read alone. */
const readOwn = batched(async (keys) => {
  const first = keys.filter((key) => !key.includes(":"));
  const later = keys.filter((key) => key.includes(":"));
  const found = new Map<string, PostFields[]>();
  const rest = later.map(async (key) => found.set(key, await ownBefore(key)));
  await Promise.all([...rest, first.length > 0 ? ownLatest(first, found) : undefined]);
  return found;
});

async function ownBefore(key: string): Promise<PostFields[]> {
  const [author, before] = key.split(":");
  return Post.find({ author: new Types.ObjectId(author), _id: trusted({ $lt: before }) }).sort({ _id: -1 }).limit(OWN_POSTS + 1).select(summary).lean<PostFields[]>();
}

async function ownLatest(authors: string[], found: Map<string, PostFields[]>) {
  const newest = [{ $sort: { _id: -1 } }, { $limit: OWN_POSTS + 1 }, { $project: projection }] as const;
  const rows = await User.aggregate<{ _id: Types.ObjectId; posts: PostFields[] }>([
    { $match: { _id: { $in: authors.map((id) => new Types.ObjectId(id)) } } },
    { $project: { _id: 1 } },
    { $lookup: { from: "posts", localField: "_id", foreignField: "author", pipeline: [...newest], as: "posts" } },
  ]);
  for (const row of rows) found.set(String(row._id), row.posts);
}

const projection = Object.fromEntries(summary.split(" ").map((field) => [field, 1 as const]));

/** One post with its author's name, or null. */
export async function findWithAuthor(id: string): Promise<PostWithAuthor | null> {
  return Types.ObjectId.isValid(id) && id.length === 24 ? readPost(id) : null;
}

const readPost = batched(async (ids) => {
  const found = await Post.find({ _id: trusted({ $in: ids }) }).lean<PostFields[]>();
  const names = await User.usernames(found.map((post) => post.author));
  return new Map(
    found.map((post) => {
      const author = { _id: post.author, username: names.get(String(post.author)) ?? "someone" };
      return [String(post._id), { ...post, author }];
    }),
  );
});
