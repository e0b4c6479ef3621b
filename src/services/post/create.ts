import type { Actor, RequestUser } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import type { Scope } from "../../definitions/scopes.js";
import { Forbidden } from "../../errors.js";
import type { PostData } from "../../forms/posts.js";
import { digest } from "../../lib/secrets.js";
import { IdempotencyKey } from "../../models/idempotency-key.js";
import { deriveFormId, isDeletedWhenUndone } from "../../models/outbox/once.js";
import { isEntryOf } from "../../models/outbox.js";
import { derivePostFields } from "../../models/post/derived.js";
import { findWithAuthor, type PostWithAuthor } from "../../models/post/lists.js";
import { Post, type PostFields, type Writing } from "../../models/post.js";
import { User } from "../../models/user.js";
import { publish } from "../events/publish.js";
import { followUp } from "../follow-ups.js";
import { chooseAudience, settleAudience } from "./audience.js";

/** `isForAll`: the post is in no domain, so its audience is settled. Entries of earlier versions don't say. */
type Written = { author: string; isForAll?: boolean };

const afterWriting = followUp<Written>(Post, "post.written", async ({ id, data }) => {
  await publish("post.created", { post: String(id), author: data.author });
  const post = data.isForAll ? null : await Post.read(id);
  if (post) await settleAudience(post);
  return User.planPostCount(data.author, 1);
});

/**
 * Creates a post. Returns null if the author is not in the chosen domain.
 * @param key the form's idempotency key, if any: a repeated form creates no second post
 * @throws Forbidden
 */
export async function writePost(actor: Actor, data: PostData, key?: string): Promise<PostWithAuthor | null> {
  const author = authorIn(actor);
  const writing = await toWriting(actor, data);
  if (!writing) return null;
  const id = await deriveFormId(key, [author.id, ...listWords(data)], isDeletedWhenUndone);
  return signed(author, (await write(actor, writing, id)).post);
}

/**
 * Creates a post with a key that the API client chose. Repeated requests within a day create only one post.
 * @returns the post; null if the author is not in the chosen domain; "deleted" if the post has been deleted since
 * @throws Forbidden
 */
export async function writePostOnce(
  actor: Actor,
  data: PostData,
  key: string,
): Promise<PostWithAuthor | Outcome<"key-reused" | "in-progress" | "deleted"> | null> {
  const author = authorIn(actor);
  const fingerprint = digest(JSON.stringify(listWords(data)));
  const kept = await IdempotencyKey.reserve(author.id, { key, fingerprint });
  if (kept.fingerprint !== fingerprint) return "key-reused";
  const there = kept.isNew ? null : await findWithAuthor(String(kept.post));
  if (there || kept.doneAt) return there ? shownAgain(actor, there, data) : "deleted";
  if (kept.isUnderWay) return "in-progress";
  const writing = await toWriting(actor, data);
  if (!writing) {
    await IdempotencyKey.release(kept._id);
    return null;
  }
  const written = await write(actor, writing, kept.post);
  await IdempotencyKey.done(kept._id);
  return written.isNew ? signed(author, written.post) : shownAgain(actor, signed(author, written.post), data);
}

/** Stores a post under this id. `isNew` is false if an earlier request already stored it. */
async function write(actor: Actor, writing: Writing, id: PostFields["_id"]) {
  const author = authorIn(actor).id;
  const entry = afterWriting.entry(actor, { author, isForAll: !writing.domain });
  const post = await Post.write(author, writing, { id, entry });
  const isNew = isEntryOf(post, entry);
  if (isNew) await afterWriting.finish(id, entry);
  return { post: await settleAudience(post), isNew };
}

/**
 * Returns the post for a repeated request. If the token may not read posts, returns the post as it was sent, because
 * the key must not reveal later changes.
 */
async function shownAgain(actor: Actor, post: PostWithAuthor, data: PostData): Promise<PostWithAuthor> {
  if (allows(actor.scopes, "posts.read")) return post;
  const { visibility, domain } = (await chooseAudience(actor, data)) ?? data;
  const { createdAt } = post;
  const asSent = derivePostFields({ ...data, visibility, domain: null });
  const dates = { updatedAt: createdAt, publishedAt: visibility === "draft" ? null : createdAt };
  return { ...post, ...asSent, ...dates, domain: typeof domain === "object" ? domain : null };
}

const allows = (scopes: Actor["scopes"], scope: Scope) => scopes?.includes(scope) ?? true;

function authorIn({ user }: Actor): RequestUser {
  if (!user) throw new Forbidden();
  return user;
}

async function toWriting(actor: Actor, data: PostData): Promise<Writing | null> {
  const readers = await chooseAudience(actor, data);
  return readers && { title: data.title, body: data.body, ...readers };
}

const listWords = ({ title, body, visibility, domain = "" }: PostData) => [title, body, visibility, domain];

const signed = ({ username, picture }: RequestUser, post: PostFields): PostWithAuthor => ({
  ...post,
  author: { _id: post.author ?? null, username, picture },
});
