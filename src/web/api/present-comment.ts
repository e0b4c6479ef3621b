import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import type { CommentWithAuthor } from "../../models/comment/lists.js";
import type { PostWithAuthor } from "../../models/post/lists.js";
import { maySeeText } from "../../policies/comments.js";

/** Presents a comment for this actor: the text of a hidden one only to those who may read it. */
export function toCommentJson(actor: Actor, post: PostWithAuthor, comment: CommentWithAuthor) {
  const isShown = maySeeText(actor, post, comment);
  const { _id, username } = comment.author;
  return {
    id: String(comment._id),
    url: `${config.baseUrl.origin}/comments/${comment._id}`,
    post: String(post._id),
    author: username === null ? null : { id: String(_id), username },
    body: isShown ? comment.body : null,
    html: isShown ? comment.html : null,
    hidden: Boolean(comment.hiddenAt),
    hiddenAt: comment.hiddenAt?.toISOString() ?? null,
    createdAt: comment.createdAt.toISOString(),
    editedAt: comment.editedAt?.toISOString() ?? null,
  };
}
