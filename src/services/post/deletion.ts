import type { Types } from "mongoose";
import { systemActor } from "../../actor.js";
import { repeatUntilDone } from "../../lib/async/until-done.js";
import { Comment } from "../../models/comment.js";
import { Post } from "../../models/post.js";
import type { PostsAfterwards } from "../../models/user/deletion.js";
import { followUp } from "../follow-ups.js";

/** For posts that were marked when the process stopped: the job does one after another what `discard` does at once. */
const afterDiscarding = followUp(Post, "post.discarded", ({ id }) => dropForGood([id]));

/** Deletes removed posts and their comments. */
async function dropForGood(ids: Types.ObjectId[]): Promise<void> {
  await Comment.dropOfPosts(ids);
  await Post.dropAll(ids);
}

/**
 * Deletes many posts with their comments. They are marked first, all in one write: a comment that is written at this
 * moment is either deleted here, or finds its post removed (services/comment/write.ts).
 */
async function discard(which: Parameters<typeof Post.discard>[0]): Promise<void> {
  const entry = afterDiscarding.entry(systemActor, {});
  await Post.discard(which, entry);
  await repeatUntilDone(async () => {
    const ids = await Post.listDiscarded(entry);
    if (ids.length > 0) await dropForGood(ids);
    return ids.length;
  });
}

/** Returns the posts of a closed domain to their authors as drafts. Posts without an author are deleted. */
export async function withdrawPosts(domain: Types.ObjectId): Promise<void> {
  await discard({ domain, author: null });
  await Post.withdrawFrom(domain);
}

/** Handles the posts of a deleted user: drafts are deleted; the others are deleted or kept without the author's name. */
export async function detachPosts(author: Types.ObjectId, afterwards: PostsAfterwards): Promise<void> {
  await discard(afterwards === "keep" ? { author, visibility: "draft" } : { author });
  await Post.detachFrom(author);
}
