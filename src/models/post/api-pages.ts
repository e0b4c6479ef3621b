import { Types } from "mongoose";
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
/** The requested page: a number, or a cursor from `next`. */
type Asked = { limit: number; page: number; cursor?: string | undefined };
/** A post as API lists contain it. */
type ListedPost = Omit<PostFields, "body" | "html">;

const bounded = { maxTimeMS: 5_000 };
const projection = { body: 0, html: 0 } as const;

/** Returns one page, newest first. `next` is the cursor of the next page; `total` counts up to REACH. */
export async function readPage(list: PostList, { limit, page, cursor }: Asked) {
  const place = cursor === undefined ? { skip: (page - 1) * limit } : { before: cursor };
  const question: Question = { list, limit, ...place };
  const [found, total] = await Promise.all([read(JSON.stringify(question)), count(JSON.stringify(list))]);
  const posts = found?.slice(0, limit) ?? [];
  const last = (found?.length ?? 0) > limit ? posts.at(-1) : undefined;
  return { posts, next: last ? String(getRange(list).getPosition(last)) : null, total: total ?? 0 };
}

type Question = { list: PostList; limit: number; skip?: number; before?: string };

/** Lets concurrent requests with the same key share one read. */
const shared = <Value>(ask: (key: string) => Promise<Value>) =>
  batchReads(async (keys) => new Map(await Promise.all(keys.map(async (key) => [key, await ask(key)] as const))));

const read = shared(async (key) => {
  const { list, limit, skip = 0, before } = JSON.parse(key) as Question;
  const { filter, sort, hint } = getRange(list, before);
  const found = Post.collection.find<ListedPost>(filter, { ...bounded, ...hint, projection });
  const most = limit + 1;
  return found.sort(sort).skip(skip).limit(most).toArray();
});

const count = shared(async (key) => {
  const { filter, hint } = getRange(JSON.parse(key) as PostList);
  return Post.collection.countDocuments(filter, { ...bounded, ...hint, limit: REACH });
});

/** Returns the index range of a list, or the part of it after a post. */
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
