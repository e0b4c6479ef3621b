import type { Actor } from "../../actor.js";
import { type CommentWithAuthor, findCommentPage } from "../../models/comment/lists.js";
import type { PostWithAuthor } from "../../models/post/lists.js";
import { isCommentAuthor, mayDeleteComment, mayHideComments, maySeeText } from "../../policies/comments.js";
import { getPostUrl } from "./posts.js";

/** Returns the address of a page of comments. */
export const getCommentPageUrl = (post: PostWithAuthor, page: number): string =>
  page === 1 ? getPostUrl(post) : `${getPostUrl(post)}?page=${page}`;

/** Returns the place of a comment below its post. */
export const getCommentUrl = (post: PostWithAuthor, comment: { _id: unknown; number: number }): string =>
  `${getCommentPageUrl(post, findCommentPage(comment))}#comment-${comment._id}`;

/** Returns who hid a comment, in words; null if it is not hidden. */
function describeHiding(post: PostWithAuthor, { hiddenAt, hiddenBy }: CommentWithAuthor): string | null {
  if (!hiddenAt) return null;
  const isByAuthor = hiddenBy && post.author._id && String(hiddenBy) === String(post.author._id);
  return isByAuthor ? "Hidden by the author of this post." : "Hidden by an editor.";
}

/** Presents a comment for its post's page, and what the actor may do with it. */
export const presentComment = (actor: Actor, post: PostWithAuthor, comment: CommentWithAuthor) => ({
  id: String(comment._id),
  address: `/comments/${comment._id}`,
  author: {
    username: comment.author.username,
    picture: comment.author.picture ?? null,
    hasPage: comment.author.hasPage ?? true,
  },
  isByPostAuthor: comment.author._id !== null && String(comment.author._id) === String(post.author._id),
  html: maySeeText(actor, post, comment) ? comment.html : null,
  hidden: describeHiding(post, comment),
  createdAt: comment.createdAt,
  editedAt: comment.editedAt ?? null,
  mayEdit: isCommentAuthor(actor, comment),
  mayHide: mayHideComments(actor, post),
  mayDelete: mayDeleteComment(actor, post, comment),
});
