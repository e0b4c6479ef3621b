import type { Actor, Person } from "../actor.js";
import { Forbidden } from "../errors.js";
import type { PostData } from "../forms/posts.js";
import { digest } from "../lib/secrets.js";
import { IdempotencyKey } from "../models/idempotency.js";
import { idForForm } from "../models/once.js";
import { isEntryOf } from "../models/outbox.js";
import { Post, type PostFields, type Writing } from "../models/post.js";
import { findWithAuthor, type PostWithAuthor } from "../models/post-lists.js";
import { User } from "../models/user.js";
import { followUp } from "./follow-ups.js";
import { readersOf } from "./post-readers.js";

const afterWriting = followUp<{ author: string }>(Post, "post.written", ({ data }) => User.countPosts(data.author, 1));

/**
 * A new post; null when it is for a domain that its author is not in.
 * @param key of the form, if it has one: the same sent twice with it is one post
 * @throws Forbidden
 */
export async function writePost(actor: Actor, data: PostData, key?: string): Promise<PostWithAuthor | null> {
  const author = authorIn(actor);
  const writing = await writingOf(actor, data);
  return writing && signed(author, await write(actor, writing, idForForm(key, author.id, ...wordsOf(data))));
}

/**
 * The same, but once for a key that the author's program chose, however often it asks within a day.
 * @returns the post; null as above; "other" when the key came with something else; "busy" while the first request with
 * it is under way; "gone" when the post was deleted since
 * @throws Forbidden
 */
export async function writePostOnce(actor: Actor, data: PostData, key: string) {
  const author = authorIn(actor);
  const fingerprint = digest(JSON.stringify(wordsOf(data)));
  const kept = await IdempotencyKey.reserve(author.id, { key, fingerprint });
  if (kept.fingerprint !== fingerprint) return "other";
  const there = kept.isNew ? null : await findWithAuthor(String(kept.post));
  if (there || kept.doneAt) return there ?? "gone";
  if (kept.isUnderWay) return "busy";
  const writing = await writingOf(actor, data);
  if (!writing) {
    await IdempotencyKey.release(kept._id);
    return null;
  }
  const written = await write(actor, writing, kept.post);
  await IdempotencyKey.done(kept._id);
  return signed(author, written);
}

async function write(actor: Actor, writing: Writing, id: PostFields["_id"]): Promise<PostFields> {
  const author = authorIn(actor).id;
  const entry = afterWriting.entry(actor, { author });
  const post = await Post.write(author, writing, { id, entry });
  if (isEntryOf(post, entry)) await afterWriting.finish(id, entry);
  return post;
}

function authorIn({ user }: Actor): Person {
  if (!user) throw new Forbidden();
  return user;
}

async function writingOf(actor: Actor, data: PostData): Promise<Writing | null> {
  const readers = await readersOf(actor, data);
  return readers && { title: data.title, body: data.body, ...readers };
}

const wordsOf = ({ title, body, visibility, domain = "" }: PostData) => [title, body, visibility, domain];

const signed = ({ username, picture }: Person, post: PostFields): PostWithAuthor => ({
  ...post,
  author: { _id: post.author ?? null, username, picture },
});
