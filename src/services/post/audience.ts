import type { Actor } from "../../actor.js";
import type { Correction } from "../../forms/posts.js";
import { Domain } from "../../models/domain.js";
import { type Audience, Post, type PostFields } from "../../models/post.js";
import { mayPublishIn } from "../../policies/posts.js";
import { listDomains } from "../domain/domains.js";

type Readers = Pick<Partial<Correction>, "visibility" | "domain">;

/**
 * Returns the audience that an author chose, or null if they are not in the chosen domain. The slug is optional for a
 * member of only one domain.
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
 * Returns the new audience of an existing post. Without a choice it stays the same. Returns null if the author has left
 * the domain of the post.
 */
export async function changeAudience(actor: Actor, post: Audience, change: Readers): Promise<Audience | null> {
  if (change.visibility) return chooseAudience(actor, change);
  return post.visibility === "domain" && !mayPublishIn(actor, post.domain) ? null : getAudience(post);
}

/** The audience when someone other than the author edits a post: unchanged, or null if they request another one. */
export const keepAudience = (post: Audience, { visibility = post.visibility }: Readers): Audience | null =>
  visibility === post.visibility ? getAudience(post) : null;

/**
 * Returns the final state of a post that was just written. Its domain may have been closed after the author's
 * membership was checked. Then the post becomes a draft: either the closing finds it, or this function sees that the
 * domain is closed.
 */
export async function settleAudience(post: PostFields): Promise<PostFields> {
  if (!post.domain || (await Domain.isOpen(post.domain))) return post;
  await Post.withdrawFrom(post.domain);
  return (await Post.read(post._id)) ?? post;
}

export const getAudience = ({ visibility, domain }: Audience): Audience => ({ visibility, domain });
