import { model, Schema, type Types } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { batched } from "../lib/batch.js";

/** What a session remembers. Only people who signed in have one; visitors cost no write. */
export type SessionContent = {
  passport?: { user?: Types.ObjectId };
  epoch?: number;
  signedInAt?: number;
  [other: string]: unknown;
};

type Loaded = {
  _id: string;
  session: SessionContent;
  expires: Date;
  lastModified?: Date;
  endedAt?: Date;
  user?: { _id: Types.ObjectId; username: string; email: string; sessionEpoch: number; disabledAt: Date | null };
};

const schema = new Schema(
  {
    /** SHA-256 of the session id: who reads the database cannot use what they find. */
    _id: String,
    session: Object,
    expires: Date,
    lastModified: Date,
    endedAt: Date,
  },
  { versionKey: false, minimize: false },
);
schema.index({ expires: 1 }, { expireAfterSeconds: 0 });
schema.index({ "session.passport.user": 1, expires: -1 });

const sessions = model("Session", schema);

/** A request that was under way while its session ended must not write it back for as long as this. */
const TOMBSTONE_MS = 60 * 60_000;

const load = batched(async (ids) => {
  const fields = { username: 1, email: 1, sessionEpoch: 1, disabledAt: 1 };
  const user = { from: "users", localField: "session.passport.user", foreignField: "_id", pipeline: [{ $project: fields }], as: "user" };
  const found = await sessions.collection
    .aggregate<Omit<Loaded, "user"> & { user: NonNullable<Loaded["user"]>[] }>([{ $match: { _id: { $in: ids } } }, { $lookup: user }])
    .toArray();
  return new Map<string, Loaded>(found.map(({ user: [user], ...session }) => [session._id, { ...session, ...(user && { user }) }]));
});

export const Session = Object.assign(sessions, {
  /**
   * The live session under this id with its person, in one read: known, not ended, within its idle and absolute
   * limits, of the person's present epoch, the person not disabled (ASVS V7.3, V7.4). Else null.
   */
  async findLive(id: string, absoluteMs: number) {
    const found = await load(id);
    if (!found?.user || found.endedAt || found.user.disabledAt) return null;
    const { session, user, expires, lastModified } = found;
    const now = Date.now();
    if (expires.getTime() <= now || (session.signedInAt ?? 0) + absoluteMs <= now) return null;
    if (session.epoch !== user.sessionEpoch) return null;
    return { session, lastModified, user: { id: String(user._id), username: user.username, email: user.email } };
  },

  /** Writes a session; one that has ended stays ended. */
  async store(id: string, session: SessionContent, expires: Date): Promise<void> {
    const $set = { session, expires, lastModified: new Date() };
    try {
      await sessions.collection.updateOne({ _id: id as never, endedAt: { $exists: false } }, { $set }, { upsert: true });
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  },

  /** Ends a session for good, leaving a tombstone, so that a request in flight cannot bring it back. */
  async end(id: string): Promise<void> {
    const $set = { endedAt: new Date(), expires: new Date(Date.now() + TOMBSTONE_MS) };
    await sessions.collection.updateOne({ _id: id as never }, { $set, $unset: { session: "" } });
  },
});
