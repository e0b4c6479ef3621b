import type { Actor } from "../actor.js";
import type { Visibility } from "../definitions/visibility.js";
import { belongsTo } from "./domains.js";
import { can } from "./permissions.js";

type Written = { author: { _id: unknown } };
type Owned = Written & { visibility: Visibility; domain?: unknown };

export const isAuthor = (actor: Actor, post: Written): boolean => String(post.author._id) === actor.user?.id;

/** Returns true if the actor is logged in and has a confirmed email, or needs none. */
export const isMember = (actor: Actor): boolean => actor.user?.isMember === true;

/**
 * Returns true if the actor may read a post. Everyone reads public posts, members read posts for members, and members
 * of a domain read its posts. Authors also read their own posts, even in a domain that they have left. Only the author
 * reads a draft; no permission changes that.
 */
export function mayRead(actor: Actor, post: Owned): boolean {
  if (isAuthor(actor, post) || post.visibility === "public") return true;
  if (post.visibility === "members" && isMember(actor)) return true;
  if (post.visibility === "domain" && belongsTo(actor, post.domain)) return true;
  return mayWithAny(actor, "posts.read.any", post);
}

/**
 * Authors may edit their own posts. Editors may edit the text of any post but drafts; the author decides who may read
 * it.
 */
export const mayEdit = (actor: Actor, post: Owned): boolean =>
  isAuthor(actor, post) || mayWithAny(actor, "posts.edit.any", post);

/** Authors may delete their own posts. Editors may delete any post but drafts. */
export const mayDelete = (actor: Actor, post: Owned): boolean =>
  isAuthor(actor, post) || mayWithAny(actor, "posts.delete.any", post);

/** Users may publish in domains of which they are members. */
export const mayPublishIn = (actor: Actor, domain: unknown): boolean => belongsTo(actor, domain);

/** Lists the visibilities that an author's page shows to the actor. Drafts are only on the author's dashboard. */
export const listVisibleOnAuthorPages = (actor: Actor): ("public" | "members")[] =>
  isMember(actor) ? ["public", "members"] : ["public"];

type OfAnybody = "posts.read.any" | "posts.edit.any" | "posts.delete.any";
const mayWithAny = (actor: Actor, permission: OfAnybody, post: Owned) =>
  post.visibility !== "draft" && can(actor, permission, post);
