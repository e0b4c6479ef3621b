import type { Types } from "mongoose";
import type { Actor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import type { CommentWithAuthor } from "../../models/comment/lists.js";
import { Comment, type CommentFields } from "../../models/comment.js";
import { postComments } from "../../models/post/comments.js";
import { lookUpAuthor } from "../../models/post/lists.js";
import { isCommentAuthor } from "../../policies/comments.js";
import { record } from "../audit.js";
import { publish } from "../events/publish.js";
import { followUp } from "../follow-ups.js";
import { type FoundComment, findComment, findDeletableComment, findEditableComment } from "./comments.js";

type About = { author: string | null; title: string };
const toSubject = (author: string | null) => (author === null ? null : { id: author });

const noted = (event: "comment.hidden" | "comment.shown") =>
  followUp<About>(Comment, event, ({ id, actor, data: { author, title } }) =>
    record(actor, event, toSubject(author), { comment: String(id), title }),
  );
const [afterHiding, afterShowing] = [noted("comment.hidden"), noted("comment.shown")];

type Deleted = About & { post: string; isTold: boolean };

const afterDeleting = followUp<Deleted>(
  Comment,
  "comment.deleted",
  async ({ id, actor, data }) => {
    const { author, title, post, isTold } = data;
    const comment = String(id);
    const published = publish("comment.deleted", { comment, post, author });
    const recorded = isTold && record(actor, "comment.deleted", toSubject(author), { comment, title });
    await Promise.all([published, recorded]);
    await postComments.count(post, -1);
    await Comment.drop(id);
  },
  { isLast: true },
);

type Since = { isStrict?: boolean };

/**
 * Replaces the text of a comment. @param found as `findEditableComment` returned it
 * @param since.isStrict true if the comment must not have changed since it was read
 * @returns the comment; "stale" if it has changed
 * @throws NotFound, Forbidden
 */
export async function reviseComment(
  actor: Actor,
  found: FoundComment,
  body: string,
  { isStrict = false }: Since = {},
): Promise<FoundComment | Outcome<"stale">> {
  const { comment, post } = found;
  if (comment.body === body) return found;
  const revised = await Comment.rewrite(toFields(comment), body);
  if (revised) return { comment: await lookUpAuthor(revised), post };
  if (isStrict) return "stale";
  return reviseComment(actor, await findEditableComment(actor, String(comment._id)), body);
}

/**
 * Hides a comment, or shows it again; its author sees that in the activity, unless they did it themselves.
 * @param found as `findHideableComment` returned it
 * @returns the comment; "stale" if it has changed since it was read
 * @throws NotFound
 */
export async function hideComment(
  actor: Actor,
  { comment, post }: FoundComment,
  isHidden: boolean,
  { isStrict = false }: Since = {},
): Promise<FoundComment | Outcome<"stale">> {
  const follow = isHidden ? afterHiding : afterShowing;
  const data = { author: getAuthorId(comment), title: getOpenTitle(post) };
  const by = isHidden ? (actor.user?.id ?? null) : null;
  const before = isStrict ? toFields(comment) : undefined;
  const isDone = await follow.make({ id: comment._id, actor, data }, (entry) =>
    Comment.hide(comment._id, by, entry, before),
  );
  if (!isDone && isStrict && Boolean(comment.hiddenAt) !== isHidden) return "stale";
  return findComment(actor, String(comment._id));
}

/**
 * Deletes a comment for good. @param found as `findDeletableComment` returned it
 * @returns "stale" if it has changed since it was read
 * @throws NotFound, Forbidden
 */
export async function deleteComment(
  actor: Actor,
  { comment, post }: FoundComment,
  { isStrict = false }: Since = {},
): Promise<Outcome<"done" | "stale">> {
  const isTold = !isCommentAuthor(actor, comment) || actor.impersonator !== null;
  if (await remove(actor, toFields(comment), { title: getOpenTitle(post), isTold })) return "done";
  if (isStrict) return "stale";
  return deleteComment(actor, await findDeletableComment(actor, String(comment._id)));
}

const remove = (actor: Actor, comment: CommentFields, { title, isTold }: Pick<Deleted, "title" | "isTold">) => {
  const data = { author: comment.author ? String(comment.author) : null, title, post: String(comment.post), isTold };
  return afterDeleting.make({ id: comment._id, actor, data }, (entry) => Comment.remove(comment, entry));
};

/** Removes a user's comments. Returns false if one was not removed, because a moderator hid it at the same moment. */
async function removeAll(actor: Actor, user: Types.ObjectId): Promise<boolean> {
  let isDone = true;
  for await (const comment of Comment.streamByAuthor(user))
    isDone = (await remove(actor, comment, { title: "", isTold: false })) && isDone;
  return isDone;
}

/** Handles the comments of a deleted user like their posts: they are deleted, or kept without the author's name. */
export async function detachComments(actor: Actor, user: Types.ObjectId, afterwards: "keep" | "remove"): Promise<void> {
  while (afterwards === "remove" && !(await removeAll(actor, user)));
  await Comment.detachFrom(user);
}

/** The title goes to the comment's author and into the audit log, so it is left out if not all members can read the post. */
const getOpenTitle = ({ title, visibility }: FoundComment["post"]) =>
  visibility === "public" || visibility === "members" ? title : "";

const getAuthorId = ({ author }: CommentWithAuthor) => author._id && String(author._id);
const toFields = ({ author, ...comment }: CommentWithAuthor) => ({ ...comment, author: author._id }) as CommentFields;
