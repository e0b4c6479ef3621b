import type { Actor } from "../actor.js";
import type { Visibility } from "../definitions/visibility.js";
import { belongsTo } from "./domains.js";
import { can } from "./permissions.js";

type Written = { author: { _id: unknown } };
type Owned = Written & { visibility: Visibility; domain?: unknown };

export const isAuthor = (actor: Actor, post: Written): boolean => String(post.author._id) === actor.user?.id;

/** Returns true if the actor may see what members see: logged in, and with a confirmed email if that is required. */
export const isMember = (actor: Actor): boolean => actor.user?.isMember === true;

/**
 * Everyone reads public posts, members those for members, and the members of a domain those in it. Authors also read their own
 * posts, even in a domain that they left. Only authors read drafts, whatever other permissions exist.
 */
export function mayRead(actor: Actor, post: Owned): boolean {
  if (isAuthor(actor, post) || post.visibility === "public") return true;
  if (post.visibility === "members" && isMember(actor)) return true;
  if (post.visibility === "domain" && belongsTo(actor, post.domain)) return true;
  return mayWithAny(actor, "posts.read.any", post);
}

/** Authors edit their own posts. Editors edit any post but drafts, and only its text: the author decides who may read it. */
export const mayEdit = (actor: Actor, post: Owned): boolean =>
  isAuthor(actor, post) || mayWithAny(actor, "posts.edit.any", post);

/** Authors delete their own posts, and editors any post but drafts. */
export const mayDelete = (actor: Actor, post: Owned): boolean =>
  isAuthor(actor, post) || mayWithAny(actor, "posts.delete.any", post);

/** Users publish in the domains of which they are members now. */
export const mayPublishIn = (actor: Actor, domain: unknown): boolean => belongsTo(actor, domain);

/** Lists what an author's page shows: to members also posts for members. Drafts are only on the author's dashboard. */
export const listVisibleOnAuthorPages = (actor: Actor): ("public" | "members")[] =>
  isMember(actor) ? ["public", "members"] : ["public"];

type OfAnybody = "posts.read.any" | "posts.edit.any" | "posts.delete.any";
const mayWithAny = (actor: Actor, permission: OfAnybody, post: Owned) =>
  post.visibility !== "draft" && can(actor, permission, post);
