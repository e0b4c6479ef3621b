import type { Types } from "mongoose";
import type { Actor } from "../actor.js";
import { Forbidden, NotFound } from "../errors.js";
import type { Correction, PostData } from "../forms/posts.js";
import { type Audience, Post, type Standing, type Writing } from "../models/post.js";
import { findWithAuthor, type PostWithAuthor } from "../models/post-lists.js";
import { mayDelete, mayEdit, mayRead, owns } from "../policies/posts.js";
import { type Event, record } from "./audit.js";
import { domainsOf } from "./domains.js";

/** The post if this actor may read it. To those who may not, it does not exist. @throws NotFound */
export async function readPost(actor: Actor, id: string): Promise<PostWithAuthor> {
  const post = await findWithAuthor(id);
  if (!post || !mayRead(actor, post)) throw new NotFound();
  return post;
}

/** The post if this actor may change it. @throws NotFound, Forbidden */
export async function editablePost(actor: Actor, id: string): Promise<PostWithAuthor> {
  const post = await readPost(actor, id);
  if (!mayEdit(actor, post)) throw new Forbidden("This post is not yours to change.");
  return post;
}

/** A new post; null when it is for a domain that its author is not in. @throws Forbidden */
export async function writePost(actor: Actor, data: PostData) {
  if (!actor.user) throw new Forbidden();
  const readers = await readersOf(actor, data);
  return readers && Post.write(actor.user.id, { title: data.title, body: data.body, ...readers });
}

/**
 * Rewrites a post: its author all of it, others its words alone. What holds is asked again in the moment of the write.
 * @returns null when it cannot have these readers
 * @throws NotFound, Forbidden
 */
export async function revisePost(actor: Actor, id: string, data: PostData | Correction) {
  const post = await editablePost(actor, id);
  const isOwn = owns(actor, post);
  const readers = isOwn ? await readersOf(actor, data) : sameReaders(post, data);
  if (!readers) return null;
  const rewrite = (now: Standing): Writing | null =>
    mayEdit(actor, owned(now)) ? { title: data.title, body: data.body, ...(isOwn ? readers : audienceOf(now)) } : null;
  const revised = await Post.revise(post._id as Types.ObjectId, rewrite);
  if (!revised) throw new NotFound();
  await tellAuthor(actor, "post.edited", post);
  return revised;
}

/** Deletes a post for good. @throws NotFound, Forbidden */
export async function deletePost(actor: Actor, id: string): Promise<PostWithAuthor> {
  const post = await readPost(actor, id);
  if (!mayDelete(actor, post)) throw new Forbidden("This post is not yours to delete.");
  const removed = await Post.remove(post._id as Types.ObjectId, (now) => mayDelete(actor, owned(now)));
  if (!removed) throw new NotFound();
  await tellAuthor(actor, "post.deleted", post);
  return post;
}

/** Whom an author chose; null when that is a domain they are not in. Who is in one domain only need not name it. */
async function readersOf(actor: Actor, { visibility = "draft", domain: slug }: Correction): Promise<Audience | null> {
  if (visibility !== "domain") return { visibility };
  const own = await domainsOf(actor);
  const chosen = slug ? own.find((one) => one.slug === slug) : own.length === 1 ? own[0] : undefined;
  return chosen ? { visibility, domain: chosen._id } : null;
}

const audienceOf = ({ visibility, domain }: Audience): Audience => ({ visibility, domain });
const sameReaders = (post: Audience, { visibility = post.visibility }: Correction) =>
  visibility === post.visibility ? audienceOf(post) : null;
const owned = ({ author, ...rest }: Standing) => ({ ...rest, author: { _id: author ?? null } });

/** What somebody else did to a post is written down where its author reads it. */
async function tellAuthor(actor: Actor, event: Event, post: PostWithAuthor): Promise<void> {
  if (owns(actor, post) && !actor.impersonator) return;
  const author = post.author._id && { id: String(post.author._id) };
  await record(actor, event, author, { post: String(post._id), title: post.title });
}
