import { Types } from "mongoose";
import type { Visibility } from "../../definitions/visibility.js";
import { batchReads } from "../../lib/async/batch-loader.js";
import { findPageNumber, getPage, PAGE_SIZE } from "../../lib/pagination.js";
import { readLastNumber } from "../counter.js";
import { findAll } from "../find-all.js";
import { Post, type PostFields } from "../post.js";
import { User } from "../user.js";

/**
 * The author of a post. The name is missing if the account was deleted, the profile page while the user is disabled.
 */
type Author = { _id: Types.ObjectId | null; username: string | null; picture?: string | null; hasPage?: boolean };

export type PostSummary = Omit<PostFields, "author" | "body" | "html" | "createdAt"> & { author: Author };

export type PostWithAuthor = Omit<PostFields, "author"> & { author: Author };

// Frequent reads use the driver directly, because hydrating documents would double the cost of a request (docs/bench).
const projection = { body: 0, html: 0 };
const options = { projection, maxTimeMS: 5_000 };

type List = "public" | "members";

/**
 * Returns one page of the list for everyone ("public") or for members, newest first. If all posts of page 1 are
 * deleted, returns the first page that has posts.
 */
export async function listPostPage(list: List, asked: number) {
  const last = await readLastNumber("posts", list);
  const page = await readNumbered(list, last, asked);
  if (page.posts.length > 0 || page.current > 1) return page;
  const newest = (await listNewest(list, 1))[0]?.place?.[list];
  return newest ? readNumbered(list, last, findPageNumber(newest, last)) : page;
}

async function readNumbered(list: List, last: number, asked: number) {
  const { current, total, highest, above } = getPage(last, asked);
  return { current, total, posts: (await readRange(`${list}:${above}:${highest}`)) ?? [] };
}

/** Returns the newest posts of a list, even if there are large gaps between their numbers. */
export async function listNewest(list: List, count: number): Promise<PostSummary[]> {
  const place = `place.${list}`;
  const found = await Post.collection
    .find<PostFields>({ [place]: { $gt: 0 } }, options)
    .sort({ [place]: -1 })
    .limit(count)
    .toArray();
  return Promise.all(found.map(lookUpAuthor));
}

/** Lets concurrent requests for the same page share one read. */
const readRange = batchReads(
  async (keys) => new Map(await Promise.all(keys.map(async (key) => [key, await range(key)] as const))),
);

async function range(key: string): Promise<PostSummary[]> {
  const [list, above, highest] = key.split(":");
  const place = `place.${list}`;
  const among = { [place]: { $gt: Number(above), $lte: Number(highest) } };
  const found = await findAll<PostFields>(Post.collection, among, { projection, sort: { [place]: -1 } });
  return Promise.all(found.map(lookUpAuthor));
}

/** Replaces the author's id of a post with the author's name and avatar. */
export async function lookUpAuthor<Written extends { author?: Types.ObjectId | null }>(post: Written) {
  const _id = post.author ?? null;
  const byline = _id && (await User.findByline(String(_id)));
  return { ...post, author: { _id, ...(byline ?? { username: null, picture: null, hasPage: false }) } };
}

/**
 * Returns the published posts of an author, newest first.
 * @param before only posts with a lower number in the members' list; `older` of the previous page
 */
export async function listByAuthor(
  author: { _id: Types.ObjectId; username: string },
  seen: Visibility[],
  before = Number.MAX_SAFE_INTEGER,
) {
  const found = await Post.collection
    .find<PostFields>({ author: author._id, visibility: { $in: seen }, "place.members": { $lt: before } }, options)
    .sort({ "place.members": -1 })
    .limit(PAGE_SIZE + 1)
    .toArray();
  const posts: PostSummary[] = found.slice(0, PAGE_SIZE).map((post) => ({ ...post, author }));
  return { posts, older: found.length > PAGE_SIZE ? (posts.at(-1)?.place?.members ?? null) : null };
}

/**
 * Returns the posts of a domain, newest first.
 * @param before only posts with a lower number in the list of domains; `older` of the previous page
 */
export async function listInDomain(domain: Types.ObjectId, before = Number.MAX_SAFE_INTEGER) {
  const found = await Post.collection
    .find<PostFields>({ domain, "place.domain": { $lt: before } }, options)
    .sort({ "place.domain": -1 })
    .limit(PAGE_SIZE + 1)
    .toArray();
  const posts: PostSummary[] = await Promise.all(found.slice(0, PAGE_SIZE).map(lookUpAuthor));
  return { posts, older: found.length > PAGE_SIZE ? (posts.at(-1)?.place?.domain ?? null) : null };
}

/** Finds a post with its author, or returns null. Concurrent calls share one read. */
export async function findWithAuthor(id: string): Promise<PostWithAuthor | null> {
  const post = /^[0-9a-f]{24}$/.test(id) ? await readPost(id) : null;
  return post ? lookUpAuthor(post) : null;
}

const readPost = batchReads(async (ids) => {
  const among = { _id: { $in: ids.map((id) => new Types.ObjectId(id)) } };
  const found = await Post.collection.find<PostFields>(among, { maxTimeMS: 5_000 }).toArray();
  return new Map(found.map((post) => [String(post._id), post]));
});
