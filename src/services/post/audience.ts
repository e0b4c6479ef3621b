import type { Actor } from "../../actor.js";
import type { Correction } from "../../forms/posts.js";
import { Domain } from "../../models/domain.js";
import { type Audience, Post, type PostFields } from "../../models/post.js";
import { mayPublishIn } from "../../policies/posts.js";
import { listDomains } from "../domain/domains.js";
import { withdrawPosts } from "./deletion.js";

type Readers = Pick<Partial<Correction>, "visibility" | "domain">;

/**
 * Returns the audience that an author chose; null for a domain they are not in. A member of only one domain need not
 * name it.
 */
export async function chooseAudience(
  actor: Actor,
  { visibility = "draft", domain: slug }: Readers,
): Promise<Audience | null> {
  if (visibility !== "domain") return { visibility };
  const own = await listDomains(actor);
  const chosen = slug ? own.find((one) => one.slug === slug) : own.length === 1 ? own[0] : undefined;
  return chosen ? { visibility, domain: chosen._id } : null;
}

/**
 * The same for an existing post. If the author chooses nothing, the audience stays, except in a domain that the author
 * left.
 */
export async function changeAudience(actor: Actor, post: Audience, change: Readers): Promise<Audience | null> {
  if (change.visibility) return chooseAudience(actor, change);
  return post.visibility === "domain" && !mayPublishIn(actor, post.domain) ? null : getAudience(post);
}

/** The audience if another user than the author edits the post: unchanged. Null if another audience is requested. */
export const keepAudience = (post: Audience, { visibility = post.visibility }: Readers): Audience | null =>
  visibility === post.visibility ? getAudience(post) : null;

/**
 * Returns a post that was just written in its final state. Its domain may have been closed since the author's
 * membership was checked. Then either the closing finds the post, or this function sees that the domain is closed, and
 * the post becomes a draft.
 */
export async function settleAudience(post: PostFields): Promise<PostFields> {
  if (!post.domain || (await Domain.isOpen(post.domain))) return post;
  await withdrawPosts(post.domain);
  return (await Post.read(post._id)) ?? post;
}

export const getAudience = ({ visibility, domain }: Audience): Audience => ({ visibility, domain });
