import type { Actor } from "../../actor.js";
import { NotFound, SearchTooSlow } from "../../errors.js";
import { splitIntoWords } from "../../lib/text/search-terms.js";
import { type PostList, readPage } from "../../models/post/api-pages.js";
import { lookUpAuthor } from "../../models/post/lists.js";
import { User } from "../../models/user.js";
import { listVisibleOnAuthorPages } from "../../policies/posts.js";
import { findVisibleDomain } from "../domain/domains.js";

/** One filter at most: by author, by domain, or the actor's own posts. */
type Which = { author?: string | undefined; domain?: string | undefined; own?: boolean | undefined };
type Page = Omit<Parameters<typeof readPage>[1], "words"> & { q?: string | undefined };

/**
 * Returns a page of the posts that a member may list: all, those of one author or domain, or their own.
 * @throws NotFound, SearchTooSlow
 */
export async function listPosts(actor: Actor, { author, domain, own, q = "", ...page }: Which & Page) {
  const list = await listFor(actor, { author, domain, own });
  const found = await readPage(list, { ...page, words: splitIntoWords(q) });
  if (!found) throw new SearchTooSlow();
  const { posts, next, total } = found;
  return { posts: await Promise.all(posts.map(lookUpAuthor)), next, total };
}

async function listFor(actor: Actor, { author, domain, own }: Which): Promise<PostList> {
  if (author !== undefined)
    return { of: "author", id: await findAuthorId(author), seen: listVisibleOnAuthorPages(actor) };
  if (domain !== undefined) return { of: "domain", id: String((await findVisibleDomain(actor, domain))._id) };
  return own && actor.user ? { of: "own", id: actor.user.id } : { of: "members" };
}

async function findAuthorId(username: string): Promise<string> {
  const author = await User.findPublic(username);
  if (!author) throw new NotFound();
  return String(author._id);
}
