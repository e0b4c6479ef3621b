import type { Types } from "mongoose";
import type { Actor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { Forbidden, NotFound } from "../../errors.js";
import { digest } from "../../lib/secrets.js";
import { Comment } from "../../models/comment.js";
import { IdempotencyKey } from "../../models/idempotency-key.js";
import { deriveFormId, isDeletedWhenUndone } from "../../models/outbox/once.js";
import { postComments } from "../../models/post/comments.js";
import { lookUpAuthor, type PostWithAuthor } from "../../models/post/lists.js";
import { Post } from "../../models/post.js";
import { mayComment } from "../../policies/comments.js";
import { publish } from "../events/publish.js";
import { followUp } from "../follow-ups.js";
import { readPost } from "../post/posts.js";
import type { FoundComment } from "./comments.js";
import { notifyPostAuthor } from "./notify.js";

type Written = { post: string; author: string };

/** Counts the comment and informs the post's author; or deletes it, if its post was deleted at the same time. */
const afterWriting = followUp<Written>(Comment, "comment.written", async ({ id, data }) => {
  const post = await Post.findStanding(data.post);
  if (!post) return Comment.drop(id);
  const { author } = data;
  await Promise.all([
    postComments.count(data.post, 1),
    publish("comment.created", { comment: String(id), post: data.post, author }),
  ]);
  if (await Comment.read(id)) await notifyPostAuthor({ post, comment: id, commenter: data.author });
});

/** Finds a post that this actor may comment on. @throws NotFound, Forbidden */
export async function findCommentablePost(actor: Actor, id: string): Promise<PostWithAuthor> {
  const post = await readPost(actor, id);
  if (!mayComment(actor, post)) throw new Forbidden("Log in and confirm your email address to comment.");
  return post;
}

/**
 * Writes a comment. @param post as `findCommentablePost` returned it
 * @param key of the form, if it has one; a form sent twice creates one comment
 * @throws NotFound if the post has changed its readers or was deleted since
 */
export async function writeComment(
  actor: Actor,
  post: PostWithAuthor,
  body: string,
  key?: string,
): Promise<FoundComment> {
  const id = await deriveFormId(key, ["comment", getAuthor(actor), String(post._id), body], isDeletedWhenUndone);
  return write(actor, post, { id, body });
}

/**
 * The same for a key that the API client chose: repeated requests within a day create one comment.
 * @returns the comment; "deleted" if it has been deleted since; the other outcomes as for posts (services/post/create.ts)
 */
export async function writeCommentOnce(
  actor: Actor,
  post: PostWithAuthor,
  body: string,
  key: string,
): Promise<FoundComment | Outcome<"key-reused" | "in-progress" | "deleted">> {
  const fingerprint = digest(JSON.stringify(["comment", String(post._id), body]));
  const kept = await IdempotencyKey.reserve(getAuthor(actor), { key, fingerprint });
  if (kept.fingerprint !== fingerprint) return "key-reused";
  const there = kept.isNew ? null : await Comment.read(kept.post);
  if (there) return { comment: await lookUpAuthor(there), post };
  if (kept.doneAt) return "deleted";
  if (kept.isUnderWay) return "in-progress";
  const written = await write(actor, post, { id: kept.post, body });
  await IdempotencyKey.done(kept._id);
  return written;
}

/** Stores a comment under an id, or returns the one that an earlier request stored. */
async function write(
  actor: Actor,
  post: PostWithAuthor,
  { id, body }: { id: Types.ObjectId; body: string },
): Promise<FoundComment> {
  const author = getAuthor(actor);
  const earlier = await Comment.read(id);
  if (earlier) return { comment: await lookUpAuthor(earlier), post };
  const number = await postComments.takeNumber(post);
  if (number === null) throw new NotFound();
  const entry = afterWriting.entry(actor, { post: String(post._id), author });
  const { comment, isNew } = await Comment.write({ _id: id, post: post._id, number, author, body }, entry);
  if (!comment) throw new NotFound();
  if (isNew) await afterWriting.finish(id, entry);
  return { comment: await lookUpAuthor(comment), post };
}

function getAuthor({ user }: Actor): string {
  if (!user) throw new Forbidden();
  return user.id;
}
