import { Types } from "mongoose";
import { batchReads } from "../../lib/async/batch-loader.js";
import { PAGE_SIZE } from "../../lib/pagination.js";
import { Comment, type CommentFields } from "../comment.js";
import { lookUpAuthor } from "../post/lists.js";

export type CommentWithAuthor = Awaited<ReturnType<typeof lookUpAuthor<CommentFields>>>;

/** Returns the number of pages of comments; page n contains the numbers above (n - 1) * PAGE_SIZE. */
export const countCommentPages = (lastNumber = 0): number => Math.max(1, Math.ceil(lastNumber / PAGE_SIZE));
/** Returns the page that shows a comment. */
export const findCommentPage = ({ number }: { number: number }): number => Math.ceil(number / PAGE_SIZE);

/** Returns one page of the comments on a post, oldest first. Concurrent requests for the same page share one read. */
export async function listCommentPage(post: Types.ObjectId, page: number): Promise<CommentWithAuthor[]> {
  const above = (page - 1) * PAGE_SIZE;
  const found = (await read(JSON.stringify({ post, above, upTo: above + PAGE_SIZE, limit: PAGE_SIZE }))) ?? [];
  return Promise.all(found.map(lookUpAuthor));
}

type Place = { limit: number; page: number; cursor?: string | undefined };

/** Returns one page of the API's list, oldest first; `next` is the cursor of the next page. */
export async function readCommentPage(post: Types.ObjectId, { limit, page, cursor }: Place) {
  const place = cursor === undefined ? { above: 0, skip: (page - 1) * limit } : { above: Number(cursor) };
  const found = (await read(JSON.stringify({ post, limit: limit + 1, ...place }))) ?? [];
  const comments = await Promise.all(found.slice(0, limit).map(lookUpAuthor));
  return { comments, next: found.length > limit ? String(comments.at(-1)?.number) : null };
}

type Question = { post: string; above: number; upTo?: number; skip?: number; limit: number };

const read = batchReads(
  async (keys) => new Map(await Promise.all(keys.map(async (key) => [key, await find(JSON.parse(key))] as const))),
);

function find({ post, above, upTo = Number.MAX_SAFE_INTEGER, skip = 0, limit }: Question): Promise<CommentFields[]> {
  const range = { post: new Types.ObjectId(post), number: { $gt: above, $lte: upTo } };
  const found = Comment.collection.find<CommentFields>(range, { maxTimeMS: 5_000 }).sort({ number: 1 });
  return found.skip(skip).limit(limit).toArray();
}
