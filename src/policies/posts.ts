import type { Actor } from "../actor.js";
import type { Visibility } from "../definitions/visibility.js";
import { belongsTo } from "./domains.js";
import { can } from "./permissions.js";

type Written = { author: { _id: unknown } };
type Owned = Written & { visibility: Visibility; domain?: unknown };

/** Whether somebody wrote this. */
export const isAuthor = (actor: Actor, post: Written): boolean => String(post.author._id) === actor.user?.id;

/** Whether somebody may see what members see: signed in, and their address confirmed where it must be. */
export const isMember = (actor: Actor): boolean => actor.user?.isMember === true;

/**
 * Everyone reads what is public, members what is for members, the people of a domain what is in it. Authors read what is
 * theirs, also in a domain that they left; drafts are theirs alone, whatever others may do.
 */
export function mayRead(actor: Actor, post: Owned): boolean {
  if (isAuthor(actor, post) || post.visibility === "public") return true;
  if (post.visibility === "members" && isMember(actor)) return true;
  if (post.visibility === "domain" && belongsTo(actor, post.domain)) return true;
  return mayWithAny(actor, "posts.read.any", post);
}

/** Authors change what is theirs, and editors what is no draft: its words, for who may read it is the author's to say. */
export const mayEdit = (actor: Actor, post: Owned): boolean =>
  isAuthor(actor, post) || mayWithAny(actor, "posts.edit.any", post);

/** Authors delete what is theirs, and editors what is no draft. */
export const mayDelete = (actor: Actor, post: Owned): boolean =>
  isAuthor(actor, post) || mayWithAny(actor, "posts.delete.any", post);

/** People write in the domains that they are in, and only as long as they are. */
export const mayPublishIn = (actor: Actor, domain: unknown): boolean => belongsTo(actor, domain);

/** What an author's page shows: to members also what is for members; drafts are on the author's dashboard. */
export const listVisibleOnAuthorPages = (actor: Actor): ("public" | "members")[] =>
  isMember(actor) ? ["public", "members"] : ["public"];

type OfAnybody = "posts.read.any" | "posts.edit.any" | "posts.delete.any";
const mayWithAny = (actor: Actor, permission: OfAnybody, post: Owned) =>
  post.visibility !== "draft" && can(actor, permission, post);
