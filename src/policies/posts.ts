import type { Actor } from "../actor.js";

type Owned = { author: { _id: unknown }; visibility: "public" | "members" | "draft" };

const owns = (actor: Actor, post: Pick<Owned, "author">) => String(post.author._id) === actor.user?.id;

/** Whether somebody may see what members see: signed in, and their address confirmed where it must be. */
export const isMember = (actor: Actor): boolean => actor.user?.isMember === true;

/** Everyone reads what is public, members read what is for members, drafts are their author's alone. */
export function mayRead(actor: Actor, post: Owned): boolean {
  if (owns(actor, post)) return true;
  return post.visibility === "public" || (post.visibility === "members" && isMember(actor));
}

/** Only the author changes or deletes a post. */
export function mayEdit(actor: Actor, post: Pick<Owned, "author">): boolean {
  return owns(actor, post);
}

/** What an author's page shows: to members also what is for members; drafts are on the author's dashboard. */
export const seenOnAuthorPages = (actor: Actor): ("public" | "members")[] =>
  isMember(actor) ? ["public", "members"] : ["public"];
