import { type InferSchemaType, model, Schema, Types, trusted } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { digest } from "../lib/secrets.js";

const DAY = 86_400_000;
/**
 * Longer than any request takes. If a request is unfinished after this time, it was interrupted, and another may
 * continue.
 */
const UNDER_WAY_MS = 30_000;
const upsert = { upsert: true, returnDocument: "after" } as const;

const schema = new Schema(
  {
    /** Hash of user and key, so that keys of different users never collide. */
    _id: String,
    user: { type: Schema.Types.ObjectId, required: true },
    /** Hash of the request body. */
    fingerprint: { type: String, required: true },
    /** Id of the new post, chosen before the post exists. */
    post: { type: Schema.Types.ObjectId, required: true },
    /** When the post was stored. */
    doneAt: Date,
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false },
);
schema.index({ user: 1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
const keys = model("IdempotencyKey", schema);

type Kept = InferSchemaType<typeof schema> & { _id: string };
/**
 * `isNew` is true if the key was not used before. `isUnderWay` is true if another request with it may still be running.
 */
export type Reservation = Kept & { isNew: boolean; isUnderWay: boolean };
type Asked = { key: string; fingerprint: string };

/**
 * Idempotency keys of API clients. A repeated request does not act twice (draft-ietf-httpapi-idempotency-key-header).
 * The id of the new post is stored before the post itself. The unique index on ids then allows only one insert, for
 * concurrent requests as well as after a crash between the two writes.
 */
export const IdempotencyKey = Object.assign(keys, {
  /** Reserves a key of a user for a day, or returns the existing reservation. */
  async reserve(user: string, { key, fingerprint }: Asked): Promise<Reservation> {
    const _id = digest(`${user} ${key}`);
    const now = new Date();
    const post = new Types.ObjectId();
    const $setOnInsert = {
      user: new Types.ObjectId(user),
      fingerprint,
      post,
      expiresAt: new Date(now.getTime() + DAY),
    };
    for (;;) {
      try {
        const kept = await keys
          .findOneAndUpdate({ _id, expiresAt: trusted({ $gt: now }) }, { $setOnInsert }, upsert)
          .lean<Kept>();
        const isNew = kept.post.equals(post);
        const ageMs = DAY - (kept.expiresAt.getTime() - now.getTime());
        return { ...kept, isNew, isUnderWay: !isNew && !kept.doneAt && ageMs < UNDER_WAY_MS };
      } catch (error) {
        if (!isDuplicate(error)) throw error; // another request was faster, or an expired reservation blocks the id
        await keys.deleteOne({ _id, expiresAt: trusted({ $lte: now }) });
      }
    }
  },

  /** Records that the post is stored. It is then not written again, even if it was deleted in the meantime. */
  async done(id: string): Promise<void> {
    await keys.updateOne({ _id: id, doneAt: null }, { $set: { doneAt: new Date() } });
  },

  /** Releases a key with which nothing was created, so that it can be used again. */
  async release(id: string): Promise<void> {
    await keys.deleteOne({ _id: id, doneAt: null });
  },

  /** Deletes all keys of a user. */
  async forget(user: Types.ObjectId): Promise<void> {
    await keys.deleteMany({ user });
  },
});
