import type { Actor, Person } from "../actor.js";
import { Forbidden } from "../errors.js";
import type { PostData } from "../forms/posts.js";
import type { Scope } from "../lib/scopes.js";
import { digest } from "../lib/secrets.js";
import { IdempotencyKey } from "../models/idempotency.js";
import { derived, Post, type PostFields, type Writing } from "../models/post.js";
import { findWithAuthor, type PostWithAuthor } from "../models/post-lists.js";
import { readersOf, settled } from "./post-readers.js";

/** A new post; null when it is for a domain that its author is not in. @throws Forbidden */
export async function writePost(actor: Actor, data: PostData): Promise<PostWithAuthor | null> {
  const author = authorIn(actor);
  const writing = await writingOf(actor, data);
  return writing && signed(author, await settled(await Post.write(author.id, writing)));
}

/**
 * The same, but once for a key that the author's program chose, however often it asks within a day.
 * @returns the post; null as above; "other" when the key came with something else; "busy" while the first request with
 * it is under way; "gone" when the post was deleted since
 * @throws Forbidden
 */
export async function writePostOnce(actor: Actor, data: PostData, key: string) {
  const author = authorIn(actor);
  const fingerprint = fingerprintOf(data);
  const kept = await IdempotencyKey.reserve(author.id, { key, fingerprint });
  if (kept.fingerprint !== fingerprint) return "other";
  const id = String(kept.post);
  const there = kept.isNew ? null : await findWithAuthor(id);
  if (there || kept.doneAt) return there ? shownAgain(actor, there, data) : "gone";
  if (kept.isUnderWay) return "busy";
  const writing = await writingOf(actor, data);
  if (!writing) {
    await IdempotencyKey.release(kept._id);
    return null;
  }
  const written = await Post.writeUnlessThere(author.id, writing, kept.post);
  await IdempotencyKey.done(kept._id);
  if (written) return signed(author, await settled(written));
  const twin = await findWithAuthor(id);
  return twin ? shownAgain(actor, twin, data) : "gone";
}

/**
 * The post as a repeated request gets it: as it is now, or, where the token may not read posts, as it was sent. The key must
 * not lead to what has been written into the post since.
 */
async function shownAgain(actor: Actor, post: PostWithAuthor, data: PostData): Promise<PostWithAuthor> {
  if (allows(actor.scopes, "posts.read")) return post;
  const { visibility, domain } = (await readersOf(actor, data)) ?? data;
  const { createdAt } = post;
  const asSent = derived({ ...data, visibility, domain: null });
  const dates = { updatedAt: createdAt, publishedAt: visibility === "draft" ? null : createdAt };
  return { ...post, ...asSent, ...dates, domain: typeof domain === "object" ? domain : null };
}

const allows = (scopes: Actor["scopes"], scope: Scope) => scopes?.includes(scope) ?? true;

function authorIn({ user }: Actor): Person {
  if (!user) throw new Forbidden();
  return user;
}

async function writingOf(actor: Actor, data: PostData): Promise<Writing | null> {
  const readers = await readersOf(actor, data);
  return readers && { title: data.title, body: data.body, ...readers };
}

const fingerprintOf = ({ title, body, visibility, domain = "" }: PostData) =>
  digest(JSON.stringify([title, body, visibility, domain]));

const signed = ({ username, picture }: Person, post: PostFields): PostWithAuthor => ({
  ...post,
  author: { _id: post.author ?? null, username, picture },
});
