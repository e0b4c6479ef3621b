import { type InferSchemaType, model, Types } from "mongoose";
import type { Visibility } from "../definitions/visibility.js";
import { takeNumbers } from "./counter.js";
import { insertOnce, type OutboxEntry, pushEntry, withEntry, writeWithEntry } from "./outbox.js";
import { type Audience, derivePostFields, type Writing } from "./post/derived.js";
import { ownList, postSchema } from "./post/schema.js";
import { User } from "./user.js";

export type { Audience, Writing };

/** A post as it is just before a change. */
export type CurrentPost = Writing & { author?: Types.ObjectId | null; updatedAt: Date };

const posts = model("Post", postSchema);

export type PostFields = InferSchemaType<typeof postSchema> & { _id: Types.ObjectId; createdAt: Date; updatedAt: Date };

/** Size of the audience: a higher number means more readers. */
const audience: Record<Visibility, number> = { draft: 0, domain: 1, members: 2, public: 3 };
/** The lists that show a post, by visibility. */
const lists = { draft: [], domain: ["domain"], members: ["members"], public: ["public", "members"] } as const;

/** Publication date and list positions. A post that gains new readers goes to the top of the lists, with today's date. */
async function publication({ visibility, domain }: Audience) {
  if (visibility === "draft") return { publishedAt: null };
  const place = await takeNumbers("posts", lists[visibility]);
  return { publishedAt: new Date(), place, ...(visibility === "domain" && { domain: given(domain) }) };
}

function given(domain: Audience["domain"]): Types.ObjectId {
  if (!domain) throw new TypeError("A post in a domain needs its domain.");
  return domain;
}

export const Post = Object.assign(posts, {
  /**
   * Stores a new post, or returns the one that already has this id. With an entry, the follow-up updates the author's
   * post count; without one, this function does.
   * @param once.id an id chosen before
   */
  async write(author: string, writing: Writing, { id = new Types.ObjectId(), entry }: Once = {}): Promise<PostFields> {
    const post = {
      _id: id,
      author,
      ...derivePostFields(writing),
      ...(await publication(writing)),
      ...withEntry(entry),
    };
    const written = await insertOnce(posts, post);
    if (written.isNew && !entry) await User.countPosts(author, 1);
    return written.document.toObject() as PostFields;
  },

  /**
   * Rewrites a post with an optimistic lock (compare-and-swap); `updatedAt` is unique for each version. Example: this
   * process reads the post at 12:00; its `updatedAt` is 11:00. Another process writes at 12:01. The write for
   * `updatedAt: 11:00` matches nothing, so the post is read again and `rewrite` decides again.
   * @param rewrite returns the new content; or null or a reason, and then nothing is written. Its errors are passed on
   * @param entry follow-up, used only if the content has changed
   * @returns the post; the reason if `rewrite` gave one; null if the post no longer exists
   */
  async revise<Answer extends Writing | string | null>(
    id: Types.ObjectId,
    rewrite: (post: CurrentPost) => Answer,
    entry?: OutboxEntry,
  ): Promise<PostFields | Extract<Answer, string> | null> {
    for (;;) {
      const before = await standing(id);
      const writing: Writing | string | null = before && rewrite(before);
      if (!before || writing === null) return null;
      if (typeof writing === "string") return writing as Extract<Answer, string>;
      if (entry && !isOther(before, writing)) return posts.findById(id).lean<PostFields>();
      const [which, update] = [asItStands(id, before), await change(before, writing)];
      const written = await (entry ? reviseWithEntry(which, update, entry) : reviseAtOnce(which, update));
      if (written) return written;
    }
  },

  /**
   * Removes a post for good, if `may` allows it for the current state.
   * @param may returns true; or false or a reason, and then the post stays
   * @param entryFor makes an entry whose follow-up deletes the post, by then a draft without author; without it, the
   *   post is deleted now
   * @returns true; what `may` returned if the post stays; false if the post no longer exists
   */
  async remove<Refusal extends string = never>(
    id: Types.ObjectId,
    may: (post: CurrentPost) => boolean | Refusal,
    entryFor?: (post: CurrentPost) => OutboxEntry,
  ): Promise<boolean | Refusal> {
    for (;;) {
      const before = await standing(id);
      if (!before) return false;
      const answer = may(before);
      if (answer !== true) return answer;
      const entry = entryFor?.(before);
      const update = { $set: ofNobody, $unset: { place: 1, domain: 1 }, ...pushEntry(entry) };
      if (!(await writeWithEntry(posts.collection, asItStands(id, before), update, entry))) continue;
      if (!entry) await Post.drop(id, before.author);
      return true;
    }
  },

  /** Deletes a removed post and updates the author's post count. */
  async drop(_id: Types.ObjectId, author?: Types.ObjectId | string | null): Promise<void> {
    if (author) await User.countPosts(author, -1);
    await posts.deleteOne({ _id, ...ofNobody });
  },

  /** Iterates over all posts of an author, drafts included, oldest first. */
  streamByAuthor(author: string): AsyncIterable<PostFields> {
    const own = { author: new Types.ObjectId(author) };
    return posts.collection.find<PostFields>(own, { hint: ownList, batchSize: 50 }).sort({ author: -1, _id: 1 });
  },

  /** Makes posts drafts without author, which nobody can read, with an entry whose follow-up deletes them. */
  async discard(which: Discarded, entry: OutboxEntry): Promise<void> {
    const update = { $set: ofNobody, $unset: { place: 1, domain: 1 }, ...pushEntry(entry) };
    await posts.collection.updateMany(which, update as object);
  },

  /** Lists up to 200 posts that were discarded with this entry. */
  async listDiscarded({ _id, at }: OutboxEntry): Promise<Types.ObjectId[]> {
    const marked = { "outbox.at": { $eq: at, $type: "date" as const }, "outbox._id": _id }; // the index is partial
    const found = posts.collection.find(marked, { projection: { _id: 1 }, maxTimeMS: 5_000 });
    return (await found.limit(AT_ONCE).toArray()).map((post) => post._id);
  },

  /** Deletes discarded posts for good. */
  async dropAll(ids: Types.ObjectId[]): Promise<void> {
    await posts.collection.deleteMany({ _id: { $in: ids }, ...ofNobody });
  },

  /** Returns what a new comment needs to know of its post, or null if the post is removed. */
  async findStanding(id: Types.ObjectId | string): Promise<Pick<PostFields, "_id" | "author"> | null> {
    const post = await posts.findById(id).select("author visibility").lean<PostFields>();
    return post && (post.author || post.visibility !== ofNobody.visibility) ? post : null;
  },

  read: (id: Types.ObjectId) => posts.findById(id).lean<PostFields>(),

  /** Makes the posts of a closed domain drafts of their authors. */
  async withdrawFrom(domain: Types.ObjectId): Promise<void> {
    const update = { $set: { visibility: "draft", publishedAt: null }, $unset: { place: 1, domain: 1 } } as const;
    await posts.updateMany({ domain }, update, { timestamps: false });
  },

  /** Removes the author's name from all posts of a deleted user. */
  async detachFrom(author: Types.ObjectId): Promise<void> {
    await posts.updateMany({ author }, { $set: { author: null } }, { timestamps: false });
  },
});

/** Posts to discard: all of a domain without author, all of an author, or the author's drafts. */
type Discarded = { domain: Types.ObjectId; author: null } | { author: Types.ObjectId; visibility?: "draft" };
const AT_ONCE = 200;

type Once = { id?: Types.ObjectId; entry?: OutboxEntry };
/** A draft without author, which nobody can read. */
const ofNobody = { author: null, visibility: "draft", publishedAt: null } as const;
const standing = (id: Types.ObjectId) =>
  posts.findById(id).select("author title body visibility domain updatedAt").lean<CurrentPost>();
/** Matches the post unless it has been rewritten or moved since it was read. */
const asItStands = (_id: Types.ObjectId, { visibility, domain = null, updatedAt }: CurrentPost) => {
  return { _id, visibility, domain, updatedAt };
};

const reviseAtOnce = (which: object, update: object) =>
  posts.findOneAndUpdate(which, update, { returnDocument: "after", timestamps: false }).lean<PostFields>();

async function reviseWithEntry(which: { _id: Types.ObjectId }, update: object, entry: OutboxEntry) {
  const isWritten = await writeWithEntry(posts.collection, which, { ...update, ...pushEntry(entry) }, entry);
  return isWritten ? posts.findById(which._id).lean<PostFields>() : null;
}

/**
 * Builds the update for new content. Its effect on the positions in the lists (docs/decisions/0007-numbered-pages.md):
 *
 * | from            | to                     | date     | place in the lists           |
 * | --------------- | ---------------------- | -------- | ---------------------------- |
 * | any             | draft                  | none     | none                         |
 * | draft           | domain, members,public | today    | new, on top                  |
 * | domain          | members, public        | today    | new, on top                  |
 * | members         | public                 | today    | new, on top                  |
 * | any             | another domain         | today    | new, on top                  |
 * | public          | members                | as it was| leaves the public list       |
 * | the same        | the same               | as it was| as it was                    |
 */
async function change(before: CurrentPost, writing: Writing) {
  const updatedAt = new Date(Math.max(Date.now(), before.updatedAt.getTime() + 1));
  const set = { ...derivePostFields(writing), updatedAt };
  const leavesDomain = writing.visibility === "domain" ? {} : { domain: 1 };
  if (writing.visibility === "draft") {
    return { $set: { ...set, publishedAt: null }, $unset: { place: 1, ...leavesDomain } };
  }
  if (hasNewReaders(before, writing))
    return { $set: { ...set, ...(await publication(writing)) }, $unset: leavesDomain };
  const leavesPublic = writing.visibility === "members" ? { "place.public": 1 } : {};
  return { $set: set, $unset: { ...leavesDomain, ...leavesPublic } };
}

/** Returns true if the change gives the post new readers. */
const hasNewReaders = (before: Audience, after: Audience): boolean =>
  audience[after.visibility] > audience[before.visibility] || (after.visibility === "domain" && !isSame(before, after));

const isOther = (one: Writing, other: Writing) =>
  one.title !== other.title || one.body !== other.body || one.visibility !== other.visibility || !isSame(one, other);
const isSame = (one: Audience, other: Audience) => String(one.domain ?? "") === String(other.domain ?? "");
