import { Types } from "mongoose";
import { isTimedOut } from "../../database/errors.js";
import type { Visibility } from "../../definitions/visibility.js";
import { batchReads } from "../../lib/async/batch-loader.js";
import { REACH } from "../../lib/pagination.js";
import { Post, type PostFields } from "../post.js";
import { ownList } from "./schema.js";

/** The posts for members, of an author, or of a domain; or all of the user's own posts, including drafts. */
export type PostList =
  | { of: "members" }
  | { of: "author"; id: string; seen: readonly Visibility[] }
  | { of: "domain"; id: string }
  | { of: "own"; id: string };
/** The page: a number, or a cursor from `next`. `words`: only posts that contain all of them. */
type Asked = { limit: number; page: number; cursor?: string | undefined; words?: string[] | undefined };
/** A post as API lists show it. */
type ListedPost = Omit<PostFields, "body" | "html">;

const bounded = { maxTimeMS: 5_000 };
/** Common words match most posts, and any user can search for them: such a search ends soon. */
const SEARCH_WITHIN_MS = 1_000;
const projection = { body: 0, html: 0 } as const;

/** Returns one page, newest first; `next` is the cursor of the next page; `total` is counted up to REACH. Returns null if a search took too long. */
export async function readPage(list: PostList, { limit, page, cursor, words = [] }: Asked) {
  const place = cursor === undefined ? { skip: (page - 1) * limit } : { before: cursor };
  const question: Question = { list, words, limit, ...place };
  const answer = await (words.length > 0 ? search(question) : browse(question));
  if (!answer) return null;
  const [found, total] = answer;
  const posts = found.slice(0, limit);
  const last = found.length > limit ? posts.at(-1) : undefined;
  return { posts, next: last ? String(getRange(list).getPosition(last)) : null, total };
}

type Question = { list: PostList; words: string[]; limit: number; skip?: number; before?: string };

/** Searches do not share reads with others, so a slow one cannot fail or delay any list. */
async function search(question: Question): Promise<[ListedPost[], number] | null> {
  try {
    return await Promise.all([read(question), count(question)]);
  } catch (error) {
    if (isTimedOut(error)) return null;
    throw error;
  }
}

async function browse({ list, ...place }: Question): Promise<[ListedPost[], number]> {
  const [found, total] = await Promise.all([
    readShared(JSON.stringify({ list, ...place })),
    countShared(JSON.stringify({ list, words: [] })),
  ]);
  return [found ?? [], total ?? 0];
}

/** Lets concurrent requests with the same key share one read. */
const shared = <Value>(ask: (question: Question) => Promise<Value>) =>
  batchReads(
    async (keys) => new Map(await Promise.all(keys.map(async (key) => [key, await ask(JSON.parse(key))] as const))),
  );

function read({ list, words, limit, skip = 0, before }: Question): Promise<ListedPost[]> {
  const { filter, sort, hint } = withWords(getRange(list, before), words);
  const found = Post.collection.find<ListedPost>(filter, { ...bounded, ...hint, projection });
  return found
    .sort(sort)
    .skip(skip)
    .limit(limit + 1)
    .toArray();
}

function count({ list, words }: Pick<Question, "list" | "words">): Promise<number> {
  const { filter, hint } = withWords(getRange(list), words);
  return Post.collection.countDocuments(filter, { ...bounded, ...hint, limit: REACH });
}

const [readShared, countShared] = [shared(read), shared(count)];

/**
 * Narrows a list to the posts that contain all words. A word in quotation marks is required; without them, one of the
 * words would be enough. MongoDB allows no hint beside the text index.
 */
function withWords<Range extends { filter: object; hint: object }>(range: Range, words: string[]): Range {
  if (words.length === 0) return range;
  const $search = words.map((word) => `"${word}"`).join(" ");
  return { ...range, filter: { ...range.filter, $text: { $search } }, hint: { maxTimeMS: SEARCH_WITHIN_MS } };
}

/** The index range of a list, or the part of it after a post. */
function getRange(list: PostList, before?: string) {
  if (list.of === "own") return getFullRange(new Types.ObjectId(list.id), before);
  if (list.of === "members") return numbered("members", {}, before);
  const id = new Types.ObjectId(list.id);
  if (list.of === "domain") return numbered("domain", { domain: id }, before);
  return numbered("members", { author: id, visibility: { $in: list.seen } }, before);
}

function numbered(series: "members" | "domain", among: object, before = String(Number.MAX_SAFE_INTEGER)) {
  const field = `place.${series}`;
  return {
    filter: { ...among, [field]: { $gt: 0, $lt: Number(before) } },
    sort: { [field]: -1 } as const,
    hint: {},
    getPosition: ({ place }: ListedPost): unknown => place?.[series],
  };
}

function getFullRange(author: Types.ObjectId, before = "f".repeat(24)) {
  return {
    filter: { author, _id: { $lt: new Types.ObjectId(before) } },
    sort: { _id: -1 } as const,
    hint: { hint: ownList },
    getPosition: ({ _id }: ListedPost): unknown => _id,
  };
}
