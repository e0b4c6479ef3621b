import { type InferSchemaType, model, Types } from "mongoose";
import { REACH } from "../lib/pagination.js";
import { renderComment } from "../lib/text/markdown.js";
import { commentSchema } from "./comment/schema.js";
import { insertOnce, isEntryOf, type OutboxEntry, pushEntry, withEntry, writeWithEntry } from "./outbox.js";

const comments = model("Comment", commentSchema);

type Stored = InferSchemaType<typeof commentSchema> & { _id: Types.ObjectId };
/** A comment of a post. */
export type CommentFields = Stored & { post: Types.ObjectId };

type New = { _id: Types.ObjectId; post: Types.ObjectId; number: number; author: string; body: string };
const BOUNDED = { maxTimeMS: 5_000 };
const inPost = { post: { $type: "objectId" } } as const;

/** Comments on posts. Who may read a post may read its comments (policies/comments.ts). */
export const Comment = Object.assign(comments, {
  /**
   * Stores a new comment, or finds the one that already has this id. @param entry its follow-up counts the comment; without one, the caller does
   * @returns the comment, null if it is being deleted; `isNew` is false if an earlier request stored it
   */
  async write({ author, body, ...rest }: New, entry?: OutboxEntry) {
    const text = { body, html: renderComment(body), createdAt: new Date() };
    const comment = { ...rest, author: new Types.ObjectId(author), ...text, ...withEntry(entry) };
    const written = await insertOnce(comments, comment);
    const stored = written.document.toObject() as Stored;
    const isNew = entry ? isEntryOf(stored, entry) : written.isNew;
    return { comment: stored.post ? (stored as CommentFields) : null, isNew };
  },

  /** Finds a comment by id, or returns null. */
  async read(id: string | Types.ObjectId): Promise<CommentFields | null> {
    if (!/^[0-9a-f]{24}$/.test(String(id))) return null;
    return comments.collection.findOne<CommentFields>({ _id: new Types.ObjectId(id), ...inPost }, BOUNDED);
  },

  /** Replaces the text, if the comment is unchanged since it was read. Returns the comment, or otherwise null. */
  async rewrite(before: CommentFields, body: string): Promise<CommentFields | null> {
    const editedAt = new Date(Math.max(Date.now(), (before.editedAt?.getTime() ?? 0) + 1));
    const update = { $set: { body, html: renderComment(body), editedAt } };
    return comments.collection.findOneAndUpdate(asRead(before), update, {
      returnDocument: "after",
      ...BOUNDED,
    }) as Promise<CommentFields | null>;
  },

  /**
   * Hides a comment, or shows it again. Returns false if it already is so, or is gone.
   * @param by the user who hides it @param before the comment that was read, if it must be unchanged since
   */
  hide(_id: Types.ObjectId, by: string | null, entry: OutboxEntry, before?: CommentFields): Promise<boolean> {
    const hidden = by ? { hiddenAt: new Date(), hiddenBy: new Types.ObjectId(by) } : { hiddenAt: null, hiddenBy: null };
    const other = { ...(before && asRead(before)), ...inPost, hiddenAt: by ? null : { $ne: null } };
    return writeWithEntry(comments.collection, { ...other, _id }, { $set: hidden, ...pushEntry(entry) }, entry);
  },

  /**
   * Takes a comment out of its post and removes its text and author, if it is unchanged since it was read. The
   * follow-up of the entry deletes it. Returns false if it has changed since, or is gone.
   */
  remove(before: CommentFields, entry: OutboxEntry): Promise<boolean> {
    const emptied = { $set: { body: "", html: "", author: null, hiddenBy: null }, $unset: { post: 1 } };
    return writeWithEntry(comments.collection, asRead(before), { ...emptied, ...pushEntry(entry) }, entry);
  },

  /** Deletes a removed comment, or one whose post was removed at the same time. */
  async drop(_id: Types.ObjectId): Promise<void> {
    await comments.collection.deleteOne({ _id });
  },

  /** Deletes all comments of removed posts. */
  async dropOfPosts(posts: Types.ObjectId[]): Promise<void> {
    await comments.collection.deleteMany({ post: { $in: posts } });
  },

  /** Counts the comments of a post, up to REACH. */
  count: (post: Types.ObjectId): Promise<number> =>
    comments.collection.countDocuments({ post, number: { $gt: 0 } }, { limit: REACH, ...BOUNDED }),

  /** Iterates over all comments of an author, oldest first. */
  streamByAuthor(author: string | Types.ObjectId): AsyncIterable<CommentFields> {
    const own = { author: new Types.ObjectId(author), _id: { $gte: new Types.ObjectId("0".repeat(24)) } };
    return comments.collection.find<CommentFields>(own, { batchSize: 100 }).sort({ author: 1, _id: 1 });
  },

  /** Removes a deleted user's name from all comments that they wrote or hid. */
  async detachFrom(user: Types.ObjectId): Promise<void> {
    await comments.collection.updateMany({ author: user }, { $set: { author: null } });
    await comments.collection.updateMany({ hiddenBy: user }, { $set: { hiddenBy: null } });
  },
});

/** Matches a comment unless it was edited, hidden, shown or removed since it was read. */
const asRead = ({ _id, body, editedAt = null, hiddenAt = null }: CommentFields) => {
  return { _id, ...inPost, body, editedAt, hiddenAt };
};
