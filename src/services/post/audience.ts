import type { Actor } from "../../actor.js";
import type { Correction } from "../../forms/posts.js";
import { Domain } from "../../models/domain.js";
import { type Audience, Post, type PostFields } from "../../models/post.js";
import { mayPublishIn } from "../../policies/posts.js";
import { listDomains } from "../domain/domains.js";

type Readers = Pick<Partial<Correction>, "visibility" | "domain">;

/** Whom an author chose; null when that is a domain they are not in. Who is in one domain only need not name it. */
export async function chooseAudience(
  actor: Actor,
  { visibility = "draft", domain: slug }: Readers,
): Promise<Audience | null> {
  if (visibility !== "domain") return { visibility };
  const own = await listDomains(actor);
  const chosen = slug ? own.find((one) => one.slug === slug) : own.length === 1 ? own[0] : undefined;
  return chosen ? { visibility, domain: chosen._id } : null;
}

/** The same of a post that exists: when its author does not choose, all stays, but not in a domain that they left. */
export async function changeAudience(actor: Actor, post: Audience, change: Readers): Promise<Audience | null> {
  if (change.visibility) return chooseAudience(actor, change);
  return post.visibility === "domain" && !mayPublishIn(actor, post.domain) ? null : getAudience(post);
}

/** Who reads a post, when somebody else than its author changes it: those who do. Null when others are asked for. */
export const keepAudience = (post: Audience, { visibility = post.visibility }: Readers): Audience | null =>
  visibility === post.visibility ? getAudience(post) : null;

/**
 * A post that was just written, as it stands. Its domain may have begun to close since its author was found to be in it:
 * then either the closing sees the post, or this sees the closing, and the post becomes a draft.
 */
export async function settleAudience(post: PostFields): Promise<PostFields> {
  if (!post.domain || (await Domain.isOpen(post.domain))) return post;
  await Post.withdrawFrom(post.domain);
  return (await Post.read(post._id)) ?? post;
}

export const getAudience = ({ visibility, domain }: Audience): Audience => ({ visibility, domain });
