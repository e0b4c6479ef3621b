import { type InferSchemaType, model, Schema, Types, trusted } from "mongoose";
import { isAhead } from "../lib/clock.js";
import { findAll } from "./find-all.js";
import { loadWithUser } from "./load-with-user.js";
import {
  indexOutbox,
  insertOnce,
  type OutboxEntry,
  outboxField,
  pushEntry,
  withEntry,
  writeWithEntry,
} from "./outbox.js";
import { toRequestUser } from "./user/request-user.js";

const MOST_LISTED = 100;
/**
 * Time for which the previous refresh token stays valid after a rotation, because clients send requests in parallel.
 */
const GRACE_MS = 30_000;

/** A login of an API client. Its access tokens contain the session's id (`sid`). Its refresh tokens form one family. */
const schema = new Schema(
  {
    user: { type: Schema.Types.ObjectId, required: true },
    /**
     * The user's session epoch at login. The session ends when the epoch changes
     * (docs/decisions/0003-session-epoch.md).
     */
    epoch: { type: Number, required: true },
    /** Number of the newest refresh token. All lower numbers are used. */
    generation: { type: Number, default: 0 },
    /** Time when the newest refresh token was issued; null for the first one. */
    rotatedAt: { type: Date, default: null },
    /** True until the client proves that it has received the newest tokens. */
    isOffered: { type: Boolean, default: false },
    beganAt: { type: Date, required: true },
    lastUsedAt: { type: Date, required: true },
    endedAt: Date,
    ip: String,
    agent: String,
    expiresAt: { type: Date, required: true },
    /** Follow-ups that must still run after a change (outbox.ts). */
    outbox: outboxField,
  },
  { versionKey: false },
);
indexOutbox(schema);
schema.index({ user: 1, _id: -1 });
// This query runs before the password check. With the index, it takes the same time for unknown users and for users
// with many sessions.
schema.index({ user: 1, ip: 1, agent: 1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
const sessions = model("ApiSession", schema);

export type ApiSessionFields = InferSchemaType<typeof schema> & { _id: Types.ObjectId };
type Beginning = { ip: string; agent: string; expiresAt: Date };

/** Loads a session with its user. Concurrent calls share the reads. */
const load = loadWithUser(
  (ids) =>
    findAll<ApiSessionFields>(
      sessions.collection,
      { _id: { $in: ids.map((id) => new Types.ObjectId(id)) } },
      { projection: { outbox: 0 } },
    ),
  { getKey: ({ _id }) => String(_id), getUser: ({ user }) => user, getEpoch: ({ epoch }) => epoch },
);

const isLive = { endedAt: null } as const;
const others = (user: string, kept?: string) => ({
  ...{ user: new Types.ObjectId(user), ...isLive },
  ...(kept && { _id: trusted({ $ne: new Types.ObjectId(kept) }) }),
});

/** Sessions of API clients. Each has one family of refresh tokens (RFC 9700, 4.14). */
export const ApiSession = Object.assign(sessions, {
  async begin(user: { _id: Types.ObjectId; sessionEpoch: number }, from: Beginning, entry?: OutboxEntry) {
    const now = new Date();
    const begun = { user: user._id, epoch: user.sessionEpoch, beganAt: now, lastUsedAt: now, ...from };
    const written = await insertOnce(sessions, { _id: new Types.ObjectId(), ...begun, ...withEntry(entry) });
    return written.document.toObject() as ApiSessionFields;
  },

  /**
   * Finds a session with its user. Returns null if the session has ended or expired, the user's epoch has
   * changed, or the user is disabled.
   */
  async findLive(id: string) {
    const found = /^[0-9a-f]{24}$/.test(id) ? await load(id) : null;
    const person = found?.person;
    if (!found || !person || person.disabledAt || found.endedAt) return null;
    if (found.expiresAt.getTime() <= Date.now() || found.epoch !== person.sessionEpoch) return null;
    if (isAhead(found.beganAt)) return null; // a start in the future would always count as a recent login
    return { session: found, person: toRequestUser(person) };
  },

  /**
   * Exchanges a refresh token for the next one. The response may be lost, or a parallel request may come first.
   * Therefore a used token returns the same next token again until the client has used that one, and for `GRACE_MS`
   * after the rotation.
   * @returns the session, or null if the token was replayed
   */
  async rotate(id: string, generation: number): Promise<ApiSessionFields | null> {
    const [_id, now] = [new Types.ObjectId(id), new Date()];
    const next = { $inc: { generation: 1 }, $set: { lastUsedAt: now, rotatedAt: now, isOffered: true } };
    const rotated = await sessions
      .findOneAndUpdate({ _id, generation, ...isLive }, next, { returnDocument: "after" })
      .lean<ApiSessionFields>();
    if (rotated) return rotated;
    const justNow = trusted({ $gt: new Date(now.getTime() - GRACE_MS) });
    const stillGood = { $or: [{ isOffered: true }, { rotatedAt: justNow }] };
    return sessions.findOne({ _id, generation: generation + 1, ...isLive, ...stillGood }).lean<ApiSessionFields>();
  },

  /**
   * Records that the client has received the tokens of this generation. Afterwards, the previous refresh token counts
   * as replayed.
   */
  async noteSeen({ _id }: ApiSessionFields, generation: number): Promise<void> {
    await sessions.updateOne({ _id, generation, isOffered: true }, { $set: { isOffered: false } });
  },

  /** Ends a session. Returns false if it had already ended. @param user if given, ends only a session of this user */
  end(id: string | Types.ObjectId, user?: string, entry?: OutboxEntry): Promise<boolean> {
    const own = { _id: new Types.ObjectId(id), ...(user && { user: new Types.ObjectId(user) }) };
    const ended = { $set: { endedAt: new Date() }, ...pushEntry(entry) };
    return writeWithEntry(sessions.collection, { ...own, ...isLive }, ended, entry);
  },

  /**
   * Continues a session after a change of credentials, which raised the user's epoch. All its tokens become invalid.
   * @returns the session, or null if it has ended
   */
  async renew({ _id, epoch }: Pick<ApiSessionFields, "_id" | "epoch">): Promise<ApiSessionFields | null> {
    const renewed = { $set: { epoch: epoch + 1, lastUsedAt: new Date(), isOffered: false }, $inc: { generation: 1 } };
    return sessions
      .findOneAndUpdate({ _id, epoch, ...isLive }, renewed, { returnDocument: "after" })
      .lean<ApiSessionFields>();
  },

  /** Counts a user's live sessions, or only the one with this id. */
  async count(user: string, id?: string): Promise<number> {
    const own = { user: new Types.ObjectId(user), ...isLive, ...(id && { _id: new Types.ObjectId(id) }) };
    return sessions.countDocuments(own);
  },

  /** Counts a user's live sessions, except `kept`. */
  async countOthers(user: string, kept?: string): Promise<number> {
    return sessions.countDocuments(others(user, kept));
  },

  /** Ends all sessions of a user, except `kept`. Returns their number. */
  async endOthers(user: string, kept?: string): Promise<number> {
    return (await sessions.updateMany(others(user, kept), { $set: { endedAt: new Date() } })).modifiedCount;
  },

  /** Ends the sessions of a user that began at or before this time. */
  async endUntil(user: Types.ObjectId, at: Date): Promise<void> {
    const before = { user, beganAt: trusted({ $lte: at }), ...isLive };
    await sessions.updateMany(before, { $set: { endedAt: new Date() } });
  },

  /** Lists the user's live sessions, newest first. */
  async listLive(user: { id: string; sessionEpoch: number }): Promise<ApiSessionFields[]> {
    const own = { user: new Types.ObjectId(user.id), epoch: user.sessionEpoch, ...isLive };
    const live = { ...own, expiresAt: trusted({ $gt: new Date() }) };
    return sessions.find(live).sort({ _id: -1 }).limit(MOST_LISTED).lean<ApiSessionFields[]>();
  },

  /** Returns true if the user has ever had a session with this IP address and user agent. */
  async isKnown(user: string, { ip, agent }: { ip: string; agent: string }): Promise<boolean> {
    return (await sessions.exists({ user: new Types.ObjectId(user), ip, agent })) !== null;
  },

  /** Deletes all data about a user's sessions. */
  async forget(user: Types.ObjectId): Promise<void> {
    await sessions.deleteMany({ user });
  },
});
