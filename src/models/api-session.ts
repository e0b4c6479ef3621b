import { type InferSchemaType, model, Schema, Types, trusted } from "mongoose";
import { batched } from "../lib/batch.js";
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
import { asPerson, type PersonFields, withPerson } from "./person.js";

const MOST_LISTED = 100;

/** What a program has that logged in: its access tokens name it (`sid`), its refresh tokens follow one another in it. */
const schema = new Schema(
  {
    user: { type: Schema.Types.ObjectId, required: true },
    /** The person's epoch when it began; another one ends it (docs/decisions/0003-session-epoch.md). */
    epoch: { type: Number, required: true },
    /** The number of the refresh token that is good; those before it were used. */
    generation: { type: Number, default: 0 },
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
const load = batched(async (ids) => {
  const among = { _id: { $in: ids.map((id) => new Types.ObjectId(id)) } };
  const found = await sessions.collection
    .aggregate<ApiSessionFields & { person: PersonFields[] }>([{ $match: among }, withPerson("user")], {
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
    return { session: found, person: asPerson(person) };
  },

  /** Takes the next refresh token in the place of this one: of two at once, or of a copy, one wins. @returns the session, or null */
  async rotate(id: string, generation: number): Promise<ApiSessionFields | null> {
    const condition = { _id: new Types.ObjectId(id), generation, ...isLive };
    const next = { $inc: { generation: 1 }, $set: { lastUsedAt: new Date() } };
    return sessions.findOneAndUpdate(condition, next, { returnDocument: "after" }).lean<ApiSessionFields>();
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
