import type { Types } from "mongoose";
import type { Actor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { Forbidden, NotFound } from "../../errors.js";
import type { Correction } from "../../forms/posts.js";
import { isEntryOf } from "../../models/outbox.js";
import { findWithAuthor, type PostWithAuthor } from "../../models/post/lists.js";
import { type CurrentPost, Post, type Writing } from "../../models/post.js";
import { isAuthor, mayDelete, mayEdit, mayRead } from "../../policies/posts.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { changeAudience, getAudience, keepAudience, settleAudience } from "./audience.js";

type About = { author: string | null; title: string };
const toSubject = (author: string | null) => (author === null ? null : { id: author });

const afterEditing = followUp<About>(Post, "post.edited", ({ id, actor, data: { author, title } }) =>
  record(actor, "post.edited", toSubject(author), { post: String(id), title }),
);

const afterDeleting = followUp<About & { isTold: boolean }>(Post, "post.deleted", async ({ id, actor, data }) => {
  const { author, title, isTold } = data;
  if (isTold) await record(actor, "post.deleted", toSubject(author), { post: String(id), title });
  await Post.drop(id, author);
});

/** The post if this actor may read it. To those who may not, it does not exist. @throws NotFound */
export async function readPost(actor: Actor, id: string): Promise<PostWithAuthor> {
  const post = await findWithAuthor(id);
  if (!post || !mayRead(actor, post)) throw new NotFound();
  return post;
}

/** The post if this actor may change it. @throws NotFound, Forbidden */
export async function findEditablePost(actor: Actor, id: string): Promise<PostWithAuthor> {
  const post = await readPost(actor, id);
  if (!mayEdit(actor, post)) throw new Forbidden("You don't have permission to edit this post.");
  return post;
}

/** The post if this actor may delete it. @throws NotFound, Forbidden */
export async function findDeletablePost(actor: Actor, id: string): Promise<PostWithAuthor> {
  const post = await readPost(actor, id);
  if (!mayDelete(actor, post)) throw new Forbidden("You don't have permission to delete this post.");
  return post;
}

/** What is to be of a post: what is not given stays. `since`: the post as it was read, when it must still be like that. */
type Change = { [Field in keyof Correction]?: Correction[Field] | undefined } & { since?: PostWithAuthor | undefined };

/**
 * Rewrites a post: its author all of it, others its words alone. What holds is asked again in the moment of the write. Example: Ada,
 * the author, opens her post as of 11:00 and makes it public; an admin corrects its title at 11:30.
 *
 * 1. Her form carries the post as it was at 11:00 (`since`). The post as it stands is of 11:30: she gets "stale".
 * 2. She looks at the new title and sends the form again: the post as it stands is the one of her form, and it becomes public.
 *
 * @param post as `findEditablePost` answered it
 * @returns null when it cannot have these readers; "stale" when it is not any more as it was read
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
  const entry = tellsAuthor(actor, post)
    ? afterEditing.entry(actor, { author: getAuthorId(post), title: post.title })
    : undefined;
  const revised = await Post.revise(getId(post), rewrite, entry);
  if (revised === "stale") return "stale";
  if (!revised) throw new NotFound();
  if (entry && isEntryOf(revised, entry)) await afterEditing.finish(getId(post), entry);
  return { ...(await settleAudience(revised)), author: post.author };
}

/**
 * Deletes a post for good. @param post as `findDeletablePost` answered it
 * @returns "stale" when it is not any more as it was read
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
/** Nothing that a reader sees of a post can change without one of these. */
const isSame = (read: PostWithAuthor, now: CurrentPost) =>
  createVersion(read.updatedAt, read, read.author._id) === createVersion(now.updatedAt, now, now.author);
const createVersion = (updatedAt: Date, { visibility, domain }: CurrentPost | PostWithAuthor, author: unknown) =>
  JSON.stringify([updatedAt, visibility, domain ?? null, author ?? null]);

/** What somebody else did to a post is written down where its author reads it. */
const tellsAuthor = (actor: Actor, post: PostWithAuthor) => !isAuthor(actor, post) || actor.impersonator !== null;
const getAuthorId = ({ author }: PostWithAuthor) => author._id && String(author._id);
