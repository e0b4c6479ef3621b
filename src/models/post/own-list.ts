import { Types } from "mongoose";
import { batchReads } from "../../lib/async/batch-loader.js";
import { Post } from "../post.js";
import type { PostSummary } from "./lists.js";
import { ownList } from "./schema.js";

export type OwnPost = Omit<PostSummary, "excerpt" | "place">;
type Row = Omit<OwnPost, "author"> & { author: Types.ObjectId };

const OWN_POSTS = 10;
const FEW = 100;
const fields = Object.fromEntries(Object.keys(ownList).map((field) => [field, 1 as const]));
const options = { hint: ownList, maxTimeMS: 5_000 };

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

/**
 * Reads the first pages of all users who request them at the same time, in one read. It reads all posts of an author,
 * so it is used only for authors with few posts.
 */
const readTogether = batchReads(async (authors) => {
  const newest = { $firstN: { n: OWN_POSTS + 1, input: "$$ROOT" } };
  const rows = await Post.collection
    .aggregate<{ _id: Types.ObjectId; posts: Row[] }>(
      [
        { $match: { author: { $in: authors.map((id) => new Types.ObjectId(id)) } } },
        { $sort: { author: 1, _id: -1 } },
        { $project: fields },
        { $group: { _id: "$author", posts: newest } },
      ],
      options,
    )
    .toArray();
  return new Map(rows.map((row) => [String(row._id), row.posts]));
});

async function readAlone(author: string, before?: string): Promise<Row[]> {
  const from = before ? { _id: { $lt: new Types.ObjectId(before) } } : {};
  return Post.collection
    .find({ author: new Types.ObjectId(author), ...from }, { ...options, projection: fields })
    .sort({ _id: -1 })
    .limit(OWN_POSTS + 1)
    .toArray() as unknown as Promise<Row[]>;
}
