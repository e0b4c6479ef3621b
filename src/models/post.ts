import slugify from "@sindresorhus/slugify";
import { type InferSchemaType, model, Schema, Types } from "mongoose";
import { excerptOf, readingMinutes, renderMarkdown } from "../lib/markdown.js";
import { type Visibility, visibilities } from "../lib/visibility.js";
import { nextNumbers } from "./counter.js";
import type { PostsAfterwards } from "./leaving-verbs.js";
import { User } from "./user.js";

/** What an author writes. */
export type Writing = { title: string; body: string; visibility: Visibility };

/** Holds all that an author's dashboard shows, so that no post is fetched for it. */
export const ownList = {
  author: 1,
  _id: -1,
  title: 1,
  slug: 1,
  visibility: 1,
  publishedAt: 1,
  updatedAt: 1,
  readingMinutes: 1,
} as const;

const schema = new Schema(
  {
    /** Null when the author has left and the post stayed. */
    author: { type: Schema.Types.ObjectId, ref: "User", default: null },
    title: { type: String, required: true },
    slug: { type: String, required: true },
    body: { type: String, required: true },
    /** The body as safe HTML, its beginning, and its length: made when it is written, so that reading is cheap. */
    html: { type: String, required: true },
    excerpt: { type: String, default: "" },
    readingMinutes: { type: Number, default: 1 },
    visibility: { type: String, enum: visibilities, required: true },
    publishedAt: { type: Date, default: null },
    /** Its number in the list for everyone and in the list for members; see `pageOf` in post-lists.ts. */
    place: { type: new Schema({ public: Number, members: Number }, { _id: false }), default: undefined },
  },
  { timestamps: true },
);

// The indexes of the lists: partial, so that a post is only in the lists it shows in.
schema.index({ "place.public": -1 }, { partialFilterExpression: { "place.public": { $exists: true } } });
schema.index({ "place.members": -1 }, { partialFilterExpression: { "place.members": { $exists: true } } });
schema.index({ author: 1, visibility: 1, "place.members": -1 });
schema.index(ownList, { name: "own" });

const posts = model("Post", schema);

export type PostFields = InferSchemaType<typeof schema> & { _id: Types.ObjectId; createdAt: Date; updatedAt: Date };

const audience: Record<Visibility, number> = { draft: 0, members: 1, public: 2 };

/** The title's words for the address; "edit" is the address of the form. */
function slugOf(title: string): string {
  const words = slugify(title).slice(0, 80).replace(/-+$/, "");
  return ["", "edit"].includes(words) ? "post" : words;
}

/** Everything that follows from the writing itself. */
function derived({ title, body, visibility }: Writing) {
  return {
    title,
    body,
    visibility,
    slug: slugOf(title),
    html: renderMarkdown(body),
    excerpt: excerptOf(body),
    readingMinutes: readingMinutes(body),
  };
}

/** A post that reaches a wider audience than before is published anew: on top of the lists, with today's date. */
async function publication(visibility: Visibility) {
  if (visibility === "draft") return { publishedAt: null };
  const lists = visibility === "public" ? (["public", "members"] as const) : (["members"] as const);
  return { publishedAt: new Date(), place: await nextNumbers("posts", lists) };
}

/** What people write. */
export const Post = Object.assign(posts, {
  /** A new post by this person. */
  async write(author: string, writing: Writing) {
    const post = await posts.create({ author, ...derived(writing), ...(await publication(writing.visibility)) });
    await User.countPosts(author, 1);
    return post;
  },

  /** Rewrites a post, in one atomic write that fits the visibility it had; null when it is gone meanwhile. */
  async revise(id: Types.ObjectId, writing: Writing): Promise<PostFields | null> {
    for (;;) {
      const before = await posts.findById(id).select("visibility").lean();
      if (!before) return null;
      const written = await posts
        .findOneAndUpdate({ _id: id, visibility: before.visibility }, await change(before.visibility, writing), {
          returnDocument: "after",
        })
        .lean<PostFields>();
      if (written) return written;
    }
  },

  /** Removes a post for good. */
  async remove(id: Types.ObjectId): Promise<void> {
    const removed = await posts.findOneAndDelete({ _id: id }).select("author").lean();
    if (removed?.author) await User.countPosts(removed.author, -1);
  },

  /** All that somebody wrote, drafts too, the oldest first, one by one. */
  everyBy(author: string): AsyncIterable<PostFields> {
    const own = { author: new Types.ObjectId(author) };
    return posts.collection.find<PostFields>(own, { hint: "own", batchSize: 50 }).sort({ author: -1, _id: 1 });
  },

  /** What somebody wrote who leaves: drafts go, the rest too, or it stays without their name. */
  async partFrom(author: Types.ObjectId, afterwards: PostsAfterwards): Promise<void> {
    await posts.deleteMany(afterwards === "keep" ? { author, visibility: "draft" } : { author });
    await posts.updateMany({ author }, { $set: { author: null } }, { timestamps: false });
  },
});

async function change(before: Visibility, writing: Writing) {
  const after = writing.visibility;
  if (after === "draft") return { $set: { ...derived(writing), publishedAt: null }, $unset: { place: 1 } };
  if (audience[after] > audience[before]) return { $set: { ...derived(writing), ...(await publication(after)) } };
  return { $set: derived(writing), ...(after === "members" && { $unset: { "place.public": 1 } }) };
}
