import { Types, trusted } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { isAhead } from "../lib/clock.js";
import { type OutboxEntry, pushEntry, writeWithEntry } from "./outbox.js";
import { buildEndUpdate, endSessions, exceptSession, TOMBSTONE_MS } from "./session/end.js";
import { BOUNDED, load, type SessionContent, type StoredSession, sessionModel } from "./session/schema.js";
import { toRequestUser } from "./user/request-user.js";

export type { SessionContent };

const SECONDS = 1_000;
/** The answer that brings a new id may be lost: for so long the id before leads to it. */
const OFFERED_MS = 120 * SECONDS;
/** Pages that were asked for at the moment when a session got another id come with the one before; for so long they are answered. */
const CONFIRMED_MS = 10 * SECONDS;
/** Nobody needs to see more sessions than this. */
const MOST_LISTED = 100;

/** Sessions, and how they are found, kept and ended. */
export const Session = Object.assign(sessionModel, {
  /**
   * The live session under this id with its person, in one read: known, not ended, within its idle and absolute
   * limits, of the person's present epoch, the person not disabled (ASVS V7.3, V7.4). Else null.
   */
  async findLive(id: string, absoluteMs: number) {
    const found = await load(id);
    const person = found?.person[0];
    if (!found || !person || person.disabledAt) return null;
    const { session, expires, lastModified, endedAt } = found;
    const now = Date.now();
    if (endedAt && endedAt.getTime() <= now) return null;
    if (expires.getTime() <= now || (session.signedInAt ?? 0) + absoluteMs <= now) return null;
    if (isAhead(session.signedInAt, now) || isAhead(session.authenticatedAt, now)) return null;
    if (session.epoch !== person.sessionEpoch) return null;
    return { session, lastModified, person: toRequestUser(person) };
  },

  /** Writes a session; one that has ended stays ended. */
  async store(id: string, session: SessionContent, expires: Date): Promise<void> {
    const $set = { session, expires, lastModified: new Date() };
    try {
      await sessionModel.collection.updateOne(
        { _id: id as never, endedAt: { $exists: false } },
        { $set },
        { upsert: true },
      );
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  },

  /** Begins a session under an id that a repeated form leads to again: one that has begun keeps its age, ended or not. */
  async start(id: string, session: SessionContent, expires: Date): Promise<void> {
    const $setOnInsert = { session, expires, lastModified: new Date() };
    try {
      await sessionModel.collection.updateOne({ _id: id as never }, { $setOnInsert }, { upsert: true });
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  },

  /** Keeps a session alive that has not ended. */
  async prolong(id: string, expires: Date): Promise<void> {
    const $set = { expires, lastModified: new Date() };
    await sessionModel.collection.updateOne({ _id: id as never, endedAt: { $exists: false } }, { $set });
  },

  /**
   * Ends a session that goes on under another id, a while from now; nothing is written to it any more. The successor
   * is stored before: so the session ended first, and there is none, or the successor is there for `endSessions` to find.
   * @param by the id of the successor
   * @returns false when it has ended, or another request was faster
   */
  async supersede(id: string, by: string): Promise<boolean> {
    const now = Date.now();
    const $set = {
      endedAt: new Date(now + OFFERED_MS),
      expires: new Date(now + TOMBSTONE_MS),
      succeededBy: by,
      "session.isSucceeded": true,
    };
    const { matchedCount } = await sessionModel.collection.updateOne(
      { _id: id as never, endedAt: { $exists: false } },
      { $set },
    );
    return matchedCount === 1;
  },

  /** Whether a session goes on under this id, which no browser has used yet. */
  async isOffering(id: string, by: string): Promise<boolean> {
    const isUnused = { endedAt: trusted({ $gt: new Date(Date.now() + CONFIRMED_MS) }) };
    return (await sessionModel.exists({ _id: id, succeededBy: by, ...isUnused })) !== null;
  },

  /** A browser has used the id under which this session goes on: it ends some seconds from now, if not sooner. */
  async confirmSuccession(id: string): Promise<void> {
    const endedAt = new Date(Date.now() + CONFIRMED_MS);
    await sessionModel.collection.updateOne(
      { _id: id as never, succeededBy: { $exists: true } },
      { $min: { endedAt } },
    );
  },

  /**
   * Ends a session that has content yet, with what is left to do then. It leaves a tombstone, as all do.
   * @returns false when another request ended it
   */
  async endWith(id: string, entry: OutboxEntry): Promise<boolean> {
    const update = { ...buildEndUpdate(), ...pushEntry(entry) };
    return writeWithEntry(sessionModel.collection, { _id: id, session: { $exists: true } }, update, entry);
  },

  /** Whether a session was ended, not long ago: a session that is still to begin was not. */
  async hasEnded(id: string): Promise<boolean> {
    return (
      (await sessionModel.collection.findOne({ _id: id as never, endedAt: { $lte: new Date() } }, BOUNDED)) !== null
    );
  },

  /** How many sessions of a person there are, on one device or on all, but for one. */
  async count(user: string, { device, kept }: { device?: string; kept?: string } = {}): Promise<number> {
    const others = {
      ...(device && { "session.device": device }),
      ...(kept && exceptSession(kept)),
      succeededBy: { $exists: false },
    };
    return sessionModel.collection.countDocuments(
      { "session.passport.user": new Types.ObjectId(user), ...others },
      BOUNDED,
    );
  },

  /** Ends a session for good, and those that it went on as; each leaves a tombstone, so that no request in flight brings it back. */
  async end(id: string): Promise<void> {
    for (let next: unknown = id; next; ) {
      next = (await sessionModel.collection.findOneAndUpdate({ _id: next as never }, buildEndUpdate()))?.succeededBy;
    }
  },

  /** Ends all sessions of a person. Answers how many these were. */
  async endAll(user: string): Promise<number> {
    return endSessions({ "session.passport.user": new Types.ObjectId(user) });
  },

  /** Ends the sessions of a person that began up to this moment. Answers how many these were. */
  async endUntil(user: Types.ObjectId, at: Date): Promise<number> {
    return endSessions({ "session.passport.user": user, "session.signedInAt": { $lte: at.getTime() } });
  },

  /** Ends a person's sessions on one device, all or all but one. Answers how many these were. */
  async endOnDevice(user: string, device: string, kept?: string): Promise<number> {
    const others = kept ? exceptSession(kept) : {};
    return endSessions({ "session.passport.user": new Types.ObjectId(user), "session.device": device, ...others });
  },

  /** Ends all of a person's sessions but this one. Answers how many these were. */
  async endOthers(user: string, kept: string): Promise<number> {
    return endSessions({ "session.passport.user": new Types.ObjectId(user), ...exceptSession(kept) });
  },

  /** A person's own live sessions, the newest first: where each is, since when, and when it was last used. */
  async listLive({ id, sessionEpoch }: { id: string; sessionEpoch: number }, absoluteMs: number) {
    const since = Date.now() - absoluteMs;
    const found = await sessionModel.collection
      .find<Omit<StoredSession, "person">>(
        {
          "session.passport.user": new Types.ObjectId(id),
          "session.epoch": sessionEpoch,
          expires: { $gt: new Date() },
          endedAt: { $exists: false },
          "session.impersonator": { $exists: false },
        },
        BOUNDED,
      )
      .sort({ expires: -1 })
      .limit(MOST_LISTED)
      .toArray();
    return found
      .filter(({ session }) => (session.signedInAt ?? 0) > since)
      .map(({ session, lastModified }) => ({ session, lastModified }));
  },
});
