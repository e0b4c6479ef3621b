import { type InferSchemaType, model, Types } from "mongoose";
import type { Visibility } from "../definitions/visibility.js";
import { takeNumbers } from "./counter.js";
import { insertTogether, type OutboxEntry, pushEntry, withEntry, writeWithEntry } from "./outbox.js";
import { type Audience, derivePostFields, type Writing } from "./post/derived.js";
import { ownList, postSchema } from "./post/schema.js";
import { User } from "./user.js";

export type { Audience, Writing };

/** A post as it is before a change. */
export type CurrentPost = Writing & { author?: Types.ObjectId | null; updatedAt: Date };

const posts = model("Post", postSchema);

export type PostFields = InferSchemaType<typeof postSchema> & { _id: Types.ObjectId; createdAt: Date; updatedAt: Date };

/** Size of the audience. A higher number means more readers. */
const audience: Record<Visibility, number> = { draft: 0, domain: 1, members: 2, public: 3 };
/** The lists in which a post appears, by visibility. */
const lists = { draft: [], domain: ["domain"], members: ["members"], public: ["public", "members"] } as const;

/**
 * Returns publication date and list positions. A post that gains new readers moves to the top of the lists and gets
 * today's date.
 */
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
   * Stores a new post, or returns the existing one with this id. The follow-up of an entry updates the author's post
   * count; without an entry, this function updates it.
   * @param once.id an id chosen in advance
   */
  async write(author: string, writing: Writing, { id = new Types.ObjectId(), entry }: Once = {}): Promise<PostFields> {
    const post = {
      _id: id,
      author,
      ...derivePostFields(writing),
      ...(await publication(writing)),
      ...withEntry(entry),
    };
    const written = await insertTogether(posts, post);
    if (written.isNew && !entry) await User.countPosts(author, 1);
    return written.document.toObject() as PostFields;
  },

  /**
   * Rewrites a post with an optimistic lock (compare-and-swap). `updatedAt` is unique for each version. Example: this
   * process reads the post at 12:00, with an `updatedAt` of 11:00. Another process writes at 12:01. The write for
   * `updatedAt: 11:00` matches nothing, so this process reads the post again and calls `rewrite` again.
   * @param rewrite returns the new content; to write nothing, returns null or a reason. Its errors are passed on
   * @param entry follow-up, used only if the content changes
   * @returns the post; the reason if `rewrite` returned one; null if the post no longer exists
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
   * Removes a post permanently if `may` allows it for the current state.
   * @param may returns true; to keep the post, returns false or a reason
   * @param entryFor creates an entry whose follow-up deletes the post, which until then is a draft without an author;
   * without it, the post is deleted now
   * @returns true; the result of `may` if the post stays; false if the post no longer exists
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

  /** Iterates over all posts of an author including drafts, oldest first. */
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

  /** Returns the posts of a closed domain to their authors as drafts. */
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
/** A draft without an author, which nobody can read. */
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
 * Builds the update for new content. It changes the positions in the lists as follows
 * (docs/decisions/0007-numbered-pages.md):
 *
 * | from            | to                      | date      | position in the lists        |
 * | --------------- | ----------------------- | --------- | ---------------------------- |
 * | any             | draft                   | none      | none                         |
 * | draft           | domain, members, public | today     | new, at the top              |
 * | domain          | members, public         | today     | new, at the top              |
 * | members         | public                  | today     | new, at the top              |
 * | any             | another domain          | today     | new, at the top              |
 * | public          | members                 | unchanged | removed from the public list |
 * | the same        | the same                | unchanged | unchanged                    |
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
