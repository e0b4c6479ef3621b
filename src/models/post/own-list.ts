import { Types } from "mongoose";
import { batchReads } from "../../lib/async/batch-loader.js";
import { findAll } from "../find-all.js";
import { Post } from "../post.js";
import type { PostSummary } from "./lists.js";
import { ownList } from "./schema.js";

export type OwnPost = Omit<PostSummary, "excerpt" | "place" | "commentCount" | "commentNumber" | "counted">;
type Row = Omit<OwnPost, "author"> & { author: Types.ObjectId };

const OWN_POSTS = 10;
const FEW = 20;
const fields = Object.fromEntries(Object.keys(ownList).map((field) => [field, 1 as const]));
const options = { hint: ownList, projection: fields };

/**
 * Returns a user's own posts including drafts, newest first.
 * @param before the id of the last post of the previous page; `older` of that page
 */
export async function listOwn(author: { id: string; username: string; postCount: number }, before?: string) {
  const together = before === undefined && author.postCount <= FEW;
  const found = together ? ((await readTogether(author.id)) ?? []) : await readAlone(author.id, before);
  const who = { _id: new Types.ObjectId(author.id), username: author.username };
  const posts: OwnPost[] = found.slice(0, OWN_POSTS).map((post) => ({ ...post, author: who }));
  return { posts, older: found.length > OWN_POSTS ? String(posts.at(-1)?._id) : null };
}

/** For users with more posts than their `postCount` says, which can be behind for a moment. */
const readEachAlone = async (authors: string[]) =>
  new Map(await Promise.all(authors.map(async (id) => [id, await readAlone(id)] as const)));

/**
 * Reads the first pages of all users who request them at the same time, in one read. It reads all posts of an author,
 * so it is used only for authors with few posts.
 */
const readTogether = batchReads(async (authors) => {
  const most = authors.length * FEW;
  const among = { author: { $in: authors.map((id) => new Types.ObjectId(id)) } };
  const asked = { ...options, sort: { author: 1, _id: -1 }, limit: most + 1 };
  const rows = await findAll<Row>(Post.collection, among, asked);
  if (rows.length > most) return readEachAlone(authors);
  const posts = new Map<string, Row[]>(authors.map((id) => [id, []]));
  for (const row of rows) posts.get(String(row.author))?.push(row);
  return posts;
});

async function readAlone(author: string, before?: string): Promise<Row[]> {
  const from = before ? { _id: { $lt: new Types.ObjectId(before) } } : {};
  return Post.collection
    .find({ author: new Types.ObjectId(author), ...from }, { ...options, maxTimeMS: 5_000 })
    .sort({ _id: -1 })
    .limit(OWN_POSTS + 1)
    .toArray() as unknown as Promise<Row[]>;
}
