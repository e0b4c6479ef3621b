import type { Types } from "mongoose";
import { countOnce } from "../outbox/count-once.js";
import { Post } from "../post.js";
import type { PostWithAuthor } from "./lists.js";

const HOUR_MS = 3_600_000;
/** The author of a post gets at most one email about its comments in this time. */
const MAIL_PAUSE_MS = 1 * HOUR_MS;

/** What a post stores about its comments. */
export const postComments = {
  /**
   * Takes the number of a new comment, if the post still has the audience and the author for which the writer's permission
   * was checked. Numbers are unique in a post; gaps are possible. Returns null if the post has changed or is gone.
   */
  async takeNumber({ _id, author, visibility, domain = null }: PostWithAuthor): Promise<number | null> {
    const asRead = { _id, author: author._id, visibility, domain } as object;
    const after = { returnDocument: "after", projection: { commentNumber: 1 } } as const;
    const post = await Post.collection.findOneAndUpdate(asRead, { $inc: { commentNumber: 1 } }, after);
    return (post?.commentNumber as number | undefined) ?? null;
  },

  /** Changes the number of comments; each change is counted once (models/outbox/count-once.ts). */
  count: (post: Types.ObjectId | string, change: 1 | -1): Promise<void> =>
    countOnce(Post.collection as never, { _id: post, field: "commentCount", change, what: "comment-count" }),

  /**
   * Claims the email about a comment: returns true for at most one comment of a post in an hour, and for the same comment
   * again.
   */
  async claimMail(_id: Types.ObjectId, comment: Types.ObjectId, now = new Date()): Promise<boolean> {
    const before = new Date(now.getTime() - MAIL_PAUSE_MS);
    const isFree = [
      { "commentMail.at": null },
      { "commentMail.at": { $lte: before } },
      { "commentMail.comment": comment },
    ];
    const claim = { $set: { commentMail: { comment, at: now } } };
    return (await Post.collection.updateOne({ _id, $or: isFree }, claim)).matchedCount === 1;
  },
};
