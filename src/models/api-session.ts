import { type InferSchemaType, model, Schema, Types, trusted } from "mongoose";
import { batchReads } from "../lib/async/batch-loader.js";
import { isAhead } from "../lib/clock.js";
import {
  indexOutbox,
  insertOnce,
  type OutboxEntry,
  outboxField,
  pushEntry,
  withEntry,
  writeWithEntry,
} from "./outbox.js";
import { lookUpRequestUser, type RequestUserFields, toRequestUser } from "./user/request-user.js";

const MOST_LISTED = 100;
/** A refresh token counts for so long after the next one was given out: requests are sent at once. */
const GRACE_MS = 30_000;

/** What a program has that logged in: its access tokens name it (`sid`), its refresh tokens follow one another in it. */
const schema = new Schema(
  {
    user: { type: Schema.Types.ObjectId, required: true },
    /** The person's epoch when it began; another one ends it (docs/decisions/0003-session-epoch.md). */
    epoch: { type: Number, required: true },
    /** The number of the refresh token that was given out last; those before it were used. */
    generation: { type: Number, default: 0 },
    /** When it was given out; null for the first. */
    rotatedAt: { type: Date, default: null },
    /** Whether its program has not shown yet that it got it. */
    isOffered: { type: Boolean, default: false },
    beganAt: { type: Date, required: true },
    lastUsedAt: { type: Date, required: true },
    endedAt: Date,
    ip: String,
    agent: String,
    expiresAt: { type: Date, required: true },
    /** What is left to do after a change (outbox.ts). */
    outbox: outboxField,
  },
  { versionKey: false },
);
indexOutbox(schema);
schema.index({ user: 1, _id: -1 });
// Whether somebody was here before, which is asked before their password is: as quick for who has many as for nobody.
schema.index({ user: 1, ip: 1, agent: 1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
const sessions = model("ApiSession", schema);

export type ApiSessionFields = InferSchemaType<typeof schema> & { _id: Types.ObjectId };
type Beginning = { ip: string; agent: string; expiresAt: Date };

/** The live ones with their people, many in one read. */
const load = batchReads(async (ids) => {
  const among = { _id: { $in: ids.map((id) => new Types.ObjectId(id)) } };
  const found = await sessions.collection
    .aggregate<ApiSessionFields & { person: RequestUserFields[] }>([{ $match: among }, lookUpRequestUser("user")], {
      maxTimeMS: 5_000,
    })
    .toArray();
  return new Map(found.map((session) => [String(session._id), session]));
});

const isLive = { endedAt: null } as const;

/** Sessions of programs, each with a family of refresh tokens (RFC 9700, 4.14). */
export const ApiSession = Object.assign(sessions, {
  async begin(user: { _id: Types.ObjectId; sessionEpoch: number }, from: Beginning, entry?: OutboxEntry) {
    const now = new Date();
    const begun = { user: user._id, epoch: user.sessionEpoch, beganAt: now, lastUsedAt: now, ...from };
    const written = await insertOnce(sessions, { _id: new Types.ObjectId(), ...begun, ...withEntry(entry) });
    return written.document.toObject() as ApiSessionFields;
  },

  /**
   * The live session with its person, in one read: not ended, not expired, of the person's present epoch, the person not
   * disabled; else null.
   */
  async findLive(id: string) {
    const found = /^[0-9a-f]{24}$/.test(id) ? await load(id) : null;
    const person = found?.person[0];
    if (!found || !person || person.disabledAt || found.endedAt) return null;
    if (found.expiresAt.getTime() <= Date.now() || found.epoch !== person.sessionEpoch) return null;
    if (isAhead(found.beganAt)) return null; // or it would count as a recent login until that time comes
    return { session: found, person: toRequestUser(person) };
  },

  /**
   * Uses a refresh token up for the next one. One that was used already is answered with the same next one, as long as nobody has
   * used that, because the answer was lost or a second request overtook it, and for a moment after.
   * @returns the session; null when the token is a copy
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

  /** Notes that a program has the tokens of this number: from now on the refresh token before them is that of a copy. */
  async noteSeen({ _id }: ApiSessionFields, generation: number): Promise<void> {
    await sessions.updateOne({ _id, generation, isOffered: true }, { $set: { isOffered: false } });
  },

  /** Ends a session. False when it had ended. @param user when it must be this person's */
  end(id: string | Types.ObjectId, user?: string, entry?: OutboxEntry): Promise<boolean> {
    const own = { _id: new Types.ObjectId(id), ...(user && { user: new Types.ObjectId(user) }) };
    const ended = { $set: { endedAt: new Date() }, ...pushEntry(entry) };
    return writeWithEntry(sessions.collection, { ...own, ...isLive }, ended, entry);
  },

  /** How many sessions a person has, all or the one of this id. */
  async count(user: string, id?: string): Promise<number> {
    const own = { user: new Types.ObjectId(user), ...isLive, ...(id && { _id: new Types.ObjectId(id) }) };
    return sessions.countDocuments(own);
  },

  /** Ends all sessions of a person. Answers how many there were. */
  async endAll(user: string): Promise<number> {
    const all = { user: new Types.ObjectId(user), ...isLive };
    return (await sessions.updateMany(all, { $set: { endedAt: new Date() } })).modifiedCount;
  },

  /** Ends the sessions of a person that began up to this moment. */
  async endUntil(user: Types.ObjectId, at: Date): Promise<void> {
    const before = { user, beganAt: trusted({ $lte: at }), ...isLive };
    await sessions.updateMany(before, { $set: { endedAt: new Date() } });
  },

  /** The live sessions of a person, the newest first. */
  async listLive(user: { id: string; sessionEpoch: number }): Promise<ApiSessionFields[]> {
    const own = { user: new Types.ObjectId(user.id), epoch: user.sessionEpoch, ...isLive };
    const live = { ...own, expiresAt: trusted({ $gt: new Date() }) };
    return sessions.find(live).sort({ _id: -1 }).limit(MOST_LISTED).lean<ApiSessionFields[]>();
  },

  /** Whether somebody had a session from this place before. */
  async isKnown(user: string, { ip, agent }: { ip: string; agent: string }): Promise<boolean> {
    return (await sessions.exists({ user: new Types.ObjectId(user), ip, agent })) !== null;
  },

  /** Removes all that is known of a person's sessions. */
  async forget(user: Types.ObjectId): Promise<void> {
    await sessions.deleteMany({ user });
  },
});
