import type { Actor } from "../../actor.js";
import { Forbidden, NotFound } from "../../errors.js";
import { type CommentWithAuthor, listCommentPage, readCommentPage } from "../../models/comment/lists.js";
import { Comment } from "../../models/comment.js";
import { findWithAuthor, lookUpAuthor, type PostWithAuthor } from "../../models/post/lists.js";
import { isCommentAuthor, mayDeleteComment, mayHideComments } from "../../policies/comments.js";
import { mayRead } from "../../policies/posts.js";
import { readPost } from "../post/posts.js";

/** A comment with its post, which this actor may read. */
export type FoundComment = { comment: CommentWithAuthor; post: PostWithAuthor };

/** Finds a comment on a post that this actor may read. For other actors it does not exist. @throws NotFound */
export async function findComment(actor: Actor, id: string): Promise<FoundComment> {
  const comment = await Comment.read(id);
  if (!comment) throw new NotFound();
  const post = await readPost(actor, String(comment.post));
  return { comment: await lookUpAuthor(comment), post };
}

/** Finds a comment of this actor. @throws NotFound, Forbidden */
export async function findEditableComment(actor: Actor, id: string): Promise<FoundComment> {
  const found = await findComment(actor, id);
  if (!isCommentAuthor(actor, found.comment)) throw new Forbidden("Only its author can edit a comment.");
  return found;
}

/** Finds a comment that this actor may hide. @throws NotFound, Forbidden */
export async function findHideableComment(actor: Actor, id: string): Promise<FoundComment> {
  const found = await findComment(actor, id);
  if (!mayHideComments(actor, found.post)) throw new Forbidden("You don't have permission to hide this comment.");
  return found;
}

/**
 * Finds a comment that this actor may read or wrote. Users can always reach their own comments, to delete them, also when the post
 * has other readers now.
 * @returns `post`, of which nothing may be shown unless `isReadable`
 * @throws NotFound
 */
export async function findReadableOrOwnComment(
  actor: Actor,
  id: string,
): Promise<FoundComment & { isReadable: boolean }> {
  const stored = await Comment.read(id);
  const post = stored && (await findWithAuthor(String(stored.post)));
  if (!post) throw new NotFound();
  const comment = await lookUpAuthor(stored);
  const isReadable = mayRead(actor, post);
  if (!isReadable && !isCommentAuthor(actor, comment)) throw new NotFound();
  return { comment, post, isReadable };
}

/** Finds a comment that this actor may delete, as `findReadableOrOwnComment`. @throws NotFound, Forbidden */
export async function findDeletableComment(actor: Actor, id: string): Promise<FoundComment & { isReadable: boolean }> {
  const found = await findReadableOrOwnComment(actor, id);
  if (!mayDeleteComment(actor, found.post, found.comment))
    throw new Forbidden("You don't have permission to delete this comment.");
  return found;
}

/** Lists one page of the comments on a post that the actor may read; none are read if there never was one. */
export const listComments = async (
  { _id, commentNumber }: PostWithAuthor,
  page: number,
): Promise<CommentWithAuthor[]> => (commentNumber ? listCommentPage(_id, page) : []);

type Page = Parameters<typeof readCommentPage>[1];

/** Lists comments for API clients, oldest first, with their number. @throws NotFound */
export async function listPostComments(actor: Actor, id: string, page: Page) {
  const post = await readPost(actor, id);
  const [{ comments, next }, total] = await Promise.all([readCommentPage(post._id, page), Comment.count(post._id)]);
  return { post, comments, next, total };
}
