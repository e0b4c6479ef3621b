import type { Types } from "mongoose";
import type { Actor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { Forbidden, NotFound } from "../../errors.js";
import type { Correction } from "../../forms/posts.js";
import { Comment } from "../../models/comment.js";
import { isEntryOf } from "../../models/outbox.js";
import { findWithAuthor, type PostWithAuthor } from "../../models/post/lists.js";
import { type CurrentPost, Post, type Writing } from "../../models/post.js";
import { isAuthor, mayDelete, mayEdit, mayRead } from "../../policies/posts.js";
import { record } from "../audit.js";
import { publish } from "../events/publish.js";
import { followUp } from "../follow-ups.js";
import { changeAudience, getAudience, keepAudience, settleAudience } from "./audience.js";

/**
 * `isTold`: someone other than the author made the change, and the author's activity shows it. `isMoved`: the author chose a
 * domain.
 */
type About = { author: string | null; title: string; isTold: boolean; isMoved?: boolean };
const toSubject = (author: string | null) => (author === null ? null : { id: author });

const afterEditing = followUp<About>(Post, "post.edited", async ({ id, actor, data }) => {
  const { author, title, isTold = true, isMoved = false } = data; // entries of an earlier version have no such fields
  const post = String(id);
  const published = publish("post.updated", { post, author });
  const recorded = isTold && record(actor, "post.edited", toSubject(author), { post, title });
  await Promise.all([published, recorded]);
  const moved = isMoved ? await Post.read(id) : null;
  if (moved) await settleAudience(moved);
});

const afterDeleting = followUp<About>(
  Post,
  "post.deleted",
  async ({ id, actor, data }) => {
    const { author, title, isTold } = data;
    const post = String(id);
    const published = publish("post.deleted", { post, author });
    const recorded = isTold && record(actor, "post.deleted", toSubject(author), { post, title });
    await Promise.all([published, recorded]);
    await Comment.dropOfPosts([id]);
    await Post.drop(id, author);
  },
  { isLast: true },
);

/** Finds a post that this actor may read. It is hidden from all other actors. @throws NotFound */
export async function readPost(actor: Actor, id: string): Promise<PostWithAuthor> {
  const post = await findWithAuthor(id);
  if (!post || !mayRead(actor, post)) throw new NotFound();
  return post;
}

/** Finds a post that this actor may edit. @throws NotFound, Forbidden */
export async function findEditablePost(actor: Actor, id: string): Promise<PostWithAuthor> {
  const post = await readPost(actor, id);
  if (!mayEdit(actor, post)) throw new Forbidden("You don't have permission to edit this post.");
  return post;
}

/** Finds a post that this actor may delete. @throws NotFound, Forbidden */
export async function findDeletablePost(actor: Actor, id: string): Promise<PostWithAuthor> {
  const post = await readPost(actor, id);
  if (!mayDelete(actor, post)) throw new Forbidden("You don't have permission to delete this post.");
  return post;
}

/**
 * The changes to a post. Omitted fields stay unchanged. `since` is the post as read, if it must not have changed since.
 */
type Change = { [Field in keyof Correction]?: Correction[Field] | undefined } & { since?: PostWithAuthor | undefined };

/**
 * Edits a post. Authors can change everything, other users only the title and the text. The write checks the conditions
 * again.
 *
 * Example: Ada opens her post, last changed at 11:00, and makes it public. At 11:30, an admin corrects its title.
 *
 * 1. Ada's form contains the version of 11:00 (`since`), but the stored version is that of 11:30. She gets "stale".
 * 2. She looks at the new title and sends the form again. Now the versions match, and the post becomes public.
 *
 * @param post as returned by `findEditablePost`
 * @returns null if the post cannot have this audience; "stale" if it has changed since it was read
 * @throws NotFound
 */
export async function revisePost(
  actor: Actor,
  post: PostWithAuthor,
  { since, ...change }: Change,
): Promise<PostWithAuthor | Outcome<"stale"> | null> {
  const isOwn = isAuthor(actor, post);
  const readers = isOwn ? await changeAudience(actor, post, change) : keepAudience(post, change);
  if (!readers) return null;
  const rewrite = (now: CurrentPost): Writing | "stale" | null => {
    if (since && !isSame(since, now)) return "stale";
    if (!mayEdit(actor, owned(now))) return null;
    const { title = now.title, body = now.body } = change;
    return { title, body, ...(isOwn && change.visibility ? readers : getAudience(now)) };
  };
  const isMoved = isOwn && change.visibility === "domain";
  const about = { author: getAuthorId(post), title: post.title, isTold: tellsAuthor(actor, post), isMoved };
  const entry = afterEditing.entry(actor, about);
  const revised = await Post.revise(getId(post), rewrite, entry);
  if (revised === "stale") return "stale";
  if (!revised) throw new NotFound();
  if (isEntryOf(revised, entry)) await afterEditing.finish(getId(post), entry);
  return { ...(await settleAudience(revised)), author: post.author };
}

/**
 * Deletes a post permanently.
 * @param post as returned by `findDeletablePost`
 * @returns "stale" if it has changed since it was read
 * @throws NotFound
 */
export async function deletePost(actor: Actor, post: PostWithAuthor, { since }: Pick<Change, "since"> = {}) {
  const may = (now: CurrentPost): boolean | "stale" =>
    since && !isSame(since, now) ? "stale" : mayDelete(actor, owned(now));
  const data = { author: getAuthorId(post), title: post.title, isTold: tellsAuthor(actor, post) };
  const outcome = await afterDeleting.make({ id: getId(post), actor, data }, (entry) =>
    Post.remove(getId(post), may, () => entry),
  );
  if (outcome === "stale") return "stale";
  if (!outcome) throw new NotFound();
  return "done";
}

const getId = (post: PostWithAuthor) => post._id as Types.ObjectId;
const owned = ({ author, ...rest }: CurrentPost) => ({ ...rest, author: { _id: author ?? null } });
/** Returns true if nothing that readers see of the post has changed since it was read. */
const isSame = (read: PostWithAuthor, now: CurrentPost) =>
  createVersion(read.updatedAt, read, read.author._id) === createVersion(now.updatedAt, now, now.author);
const createVersion = (updatedAt: Date, { visibility, domain }: CurrentPost | PostWithAuthor, author: unknown) =>
  JSON.stringify([updatedAt, visibility, domain ?? null, author ?? null]);

/** Returns true if someone other than the author made the change. The author's activity then shows it. */
const tellsAuthor = (actor: Actor, post: PostWithAuthor) => !isAuthor(actor, post) || actor.impersonator !== null;
const getAuthorId = ({ author }: PostWithAuthor) => author._id && String(author._id);
