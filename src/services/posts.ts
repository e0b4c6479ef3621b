import type { Types } from "mongoose";
import type { Actor } from "../actor.js";
import { Forbidden, NotFound } from "../errors.js";
import type { PostData } from "../forms/posts.js";
import { Post } from "../models/post.js";
import { findWithAuthor, type PostWithAuthor } from "../models/post-lists.js";
import { mayEdit, mayRead } from "../policies/posts.js";

/** The post if this actor may read it. To those who may not, it does not exist. @throws NotFound */
export async function readPost(actor: Actor, id: string): Promise<PostWithAuthor> {
  const post = await findWithAuthor(id);
  if (!post || !mayRead(actor, post)) throw new NotFound();
  return post;
}

/** The post if this actor may change it. @throws NotFound, Forbidden */
export async function editablePost(actor: Actor, id: string): Promise<PostWithAuthor> {
  const post = await readPost(actor, id);
  if (!mayEdit(actor, post)) throw new Forbidden("Only its author can change a post.");
  return post;
}

/** Rewrites a post. @throws NotFound, Forbidden */
export async function revisePost(actor: Actor, id: string, data: PostData) {
  const post = await editablePost(actor, id);
  const revised = await Post.revise(post._id as Types.ObjectId, data);
  if (!revised) throw new NotFound();
  return revised;
}

/** Deletes a post for good. @throws NotFound, Forbidden */
export async function deletePost(actor: Actor, id: string): Promise<void> {
  const post = await editablePost(actor, id);
  await Post.remove(post._id as Types.ObjectId);
}
