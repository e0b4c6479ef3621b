import { type InferSchemaType, model, Types } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { excerptOf, readingMinutes, renderMarkdown } from "../lib/markdown.js";
import { postSlug } from "../lib/slugs.js";
import type { Visibility } from "../lib/visibility.js";
import { nextNumbers } from "./counter.js";
import type { PostsAfterwards } from "./leaving-verbs.js";
import { postSchema } from "./post-schema.js";
import { User } from "./user.js";

/** Who a post is for. A domain belongs to the visibility "domain", and to no other. */
export type Audience = { visibility: Visibility; domain?: Types.ObjectId | null | undefined };
/** What an author writes. */
export type Writing = { title: string; body: string } & Audience;
/** A post as it stands when somebody is about to change it. */
export type Standing = Writing & { author?: Types.ObjectId | null; updatedAt: Date };

const posts = model("Post", postSchema);

export type PostFields = InferSchemaType<typeof postSchema> & { _id: Types.ObjectId; createdAt: Date; updatedAt: Date };

/** Who reads more: the wider audience has the higher number. */
const audience: Record<Visibility, number> = { draft: 0, domain: 1, members: 2, public: 3 };
/** The lists that a post is in. */
const lists = { draft: [], domain: ["domain"], members: ["members"], public: ["public", "members"] } as const;

/** Everything that follows from the writing itself. */
function derived({ title, body, visibility }: Writing) {
  return {
    title,
    body,
    visibility,
    slug: postSlug(title),
    html: renderMarkdown(body),
    excerpt: excerptOf(body),
    readingMinutes: readingMinutes(body),
  };
}

/** A post that reaches people anew is published anew: on top of the lists, with today's date. */
async function publication({ visibility, domain }: Audience) {
  if (visibility === "draft") return { publishedAt: null };
  const place = await nextNumbers("posts", lists[visibility]);
  return { publishedAt: new Date(), place, ...(visibility === "domain" && { domain: given(domain) }) };
}

function given(domain: Audience["domain"]): Types.ObjectId {
  if (!domain) throw new TypeError("A post in a domain needs its domain.");
  return domain;
}

/** What people write. */
export const Post = Object.assign(posts, {
  /** A new post by this person. @param _id when it was given one before */
  async write(author: string, writing: Writing, _id = new Types.ObjectId()): Promise<PostFields> {
    const post = await posts.create({ _id, author, ...derived(writing), ...(await publication(writing)) });
    await User.countPosts(author, 1);
    return post.toObject() as PostFields;
  },

  /** The same, but nothing and null when there is a post with this id. */
  async writeUnlessThere(author: string, writing: Writing, id: Types.ObjectId): Promise<PostFields | null> {
    try {
      return await Post.write(author, writing, id);
    } catch (error) {
      if (isDuplicate(error, "_id")) return null;
      throw error;
    }
  },

  /**
   * Rewrites a post, in one atomic write that fits what it was: `updatedAt` never comes twice.
   * @param rewrite answers what becomes of the post as it stands, or null when that is nothing; what it throws is thrown
   * @returns the post; null when it was not rewritten, or is gone
   */
  async revise(id: Types.ObjectId, rewrite: (post: Standing) => Writing | null): Promise<PostFields | null> {
    for (;;) {
      const before = await standing(id);
      const writing = before && rewrite(before);
      if (!writing) return null;
      const written = await posts
        .findOneAndUpdate(asItStands(id, before), await change(before, writing), { returnDocument: "after", ...dated })
        .lean<PostFields>();
      if (written) return written;
    }
  },

  /** Removes a post for good, if this holds of it as it stands. False when it does not, or when the post is gone. */
  async remove(id: Types.ObjectId, may: (post: Standing) => boolean): Promise<boolean> {
    for (;;) {
      const before = await standing(id);
      if (!before || !may(before)) return false;
      const { deletedCount } = await posts.deleteOne(asItStands(id, before));
      if (deletedCount === 0) continue;
      if (before.author) await User.countPosts(before.author, -1);
      return true;
    }
  },

  /** All that somebody wrote, drafts too, the oldest first, one by one. */
  everyBy(author: string): AsyncIterable<PostFields> {
    const own = { author: new Types.ObjectId(author) };
    return posts.collection.find<PostFields>(own, { hint: "own", batchSize: 50 }).sort({ author: -1, _id: 1 });
  },

  /** What was in a domain that is closed: drafts of their authors; what has none any more goes. */
  async withdrawFrom(domain: Types.ObjectId): Promise<void> {
    await posts.deleteMany({ domain, author: null });
    const update = { $set: { visibility: "draft", publishedAt: null }, $unset: { place: 1, domain: 1 } } as const;
    await posts.updateMany({ domain }, update, { timestamps: false });
  },

  /** What somebody wrote who leaves: drafts go, the rest too, or it stays without their name. */
  async partFrom(author: Types.ObjectId, afterwards: PostsAfterwards): Promise<void> {
    await posts.deleteMany(afterwards === "keep" ? { author, visibility: "draft" } : { author });
    await posts.updateMany({ author }, { $set: { author: null } }, { timestamps: false });
  },
});

const standing = (id: Types.ObjectId) =>
  posts.findById(id).select("author title body visibility domain updatedAt").lean<Standing>();
/** Fits the post while nobody has rewritten or moved it. */
const asItStands = (_id: Types.ObjectId, { visibility, domain = null, updatedAt }: Standing) => {
  return { _id, visibility, domain, updatedAt };
};
/** `change` sets the date itself. */
const dated = { timestamps: false } as const;

async function change(before: Standing, writing: Writing) {
  const after = writing.visibility;
  const updatedAt = new Date(Math.max(Date.now(), before.updatedAt.getTime() + 1));
  const $set = { ...derived(writing), updatedAt };
  const leaves = after === "domain" ? {} : { domain: 1 };
  if (after === "draft") return { $set: { ...$set, publishedAt: null }, $unset: { place: 1, ...leaves } };
  const isNew = audience[after] > audience[before.visibility] || (after === "domain" && !isSame(before, writing));
  if (isNew) return { $set: { ...$set, ...(await publication(writing)) }, $unset: leaves };
  return { $set, $unset: { ...leaves, ...(after === "members" && { "place.public": 1 }) } };
}

const isSame = (one: Audience, other: Audience) => String(one.domain) === String(other.domain);
