import { type InferSchemaType, model, Schema, Types, trusted } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { digest } from "../lib/secrets.js";

const DAY = 86_400_000;
/** Longer than any request takes: one that is not done by then broke off, and another may go on. */
const UNDER_WAY_MS = 30_000;
const upsert = { upsert: true, returnDocument: "after" } as const;

const schema = new Schema(
  {
    /** Whose key it is and which, as a hash: keys of different people do not meet. */
    _id: String,
    user: { type: Schema.Types.ObjectId, required: true },
    /** A hash of what was sent with it. */
    fingerprint: { type: String, required: true },
    /** The id that the new post has, or will have. */
    post: { type: Schema.Types.ObjectId, required: true },
    /** When the post was there. */
    doneAt: Date,
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false },
);
schema.index({ user: 1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
const keys = model("IdempotencyKey", schema);

type Kept = InferSchemaType<typeof schema> & { _id: string };
/** `isNew`: nobody came with this key before. `isUnderWay`: somebody did just now, and may not be done. */
export type Reservation = Kept & { isNew: boolean; isUnderWay: boolean };
type Asked = { key: string; fingerprint: string };

/**
 * What programs have asked for under a key of theirs, so that asking again does not do it again
 * (draft-ietf-httpapi-idempotency-key-header). The id of what will be made is kept before it is made: of any number of
 * requests at once, and after a crash between the two, the index of ids lets one make it.
 */
export const IdempotencyKey = Object.assign(keys, {
  /** What is kept under this key of a person, from now on or from before, for a day. */
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
        if (!isDuplicate(error)) throw error; // another request was faster, or an expired one is in the way
        await keys.deleteOne({ _id, expiresAt: trusted({ $lte: now }) });
      }
    }
  },

  /** Notes that the post is there; then it is not written again, even when it has been deleted since. */
  async done(id: string): Promise<void> {
    await keys.updateOne({ _id: id, doneAt: null }, { $set: { doneAt: new Date() } });
  },

  /** Drops a key under which nothing was made, so that it is free again. */
  async release(id: string): Promise<void> {
    await keys.deleteOne({ _id: id, doneAt: null });
  },

  /** Removes all that is kept of a person's keys. */
  async forget(user: Types.ObjectId): Promise<void> {
    await keys.deleteMany({ user });
  },
});
