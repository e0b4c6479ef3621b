import type { Actor } from "../actor.js";
import type { Visibility } from "../definitions/visibility.js";
import { can } from "./permissions.js";
import { isMember, mayEdit, mayRead } from "./posts.js";

type OfPost = { author: { _id: unknown }; visibility: Visibility; domain?: unknown };
type Written = { author: { _id: unknown }; hiddenAt?: Date | null };

/** Who may read a post may read its comments, and members may write some: a draft has only those of its author. */
export const mayComment = (actor: Actor, post: OfPost): boolean => isMember(actor) && mayRead(actor, post);

/** Only authors edit their comments. */
export const isCommentAuthor = (actor: Actor, { author }: Written): boolean => String(author._id) === actor.user?.id;

/** Who may edit a post may hide its comments, and show them again. */
export const mayHideComments = (actor: Actor, post: OfPost): boolean => mayEdit(actor, post);

/** A hidden comment is shown to its author and to those who may hide it. */
export const maySeeText = (actor: Actor, post: OfPost, comment: Written): boolean =>
  !comment.hiddenAt || isCommentAuthor(actor, comment) || mayHideComments(actor, post);

/** Authors delete their own comments; users who may delete any post delete any comment, except on drafts. */
export const mayDeleteComment = (actor: Actor, post: OfPost, comment: Written): boolean =>
  isCommentAuthor(actor, comment) || (post.visibility !== "draft" && can(actor, "posts.delete.any", post));
