import { Types, trusted } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { writeTogether } from "../database/write-together.js";
import { isAhead } from "../lib/clock.js";
import { type OutboxEntry, pushEntry, writeWithEntry } from "./outbox.js";
import { buildEndUpdate, endSessions, exceptSession, TOMBSTONE_MS } from "./session/end.js";
import { BOUNDED, load, type SessionContent, type StoredSession, sessionModel } from "./session/schema.js";
import { toRequestUser } from "./user/request-user.js";

export type { SessionContent };

const SECONDS = 1_000;
/** Time for which the previous session id leads to the new one, because the response with the new id may be lost. */
const OFFERED_MS = 120 * SECONDS;
/**
 * Time for which the previous id works after the new one was used, because requests may already have been sent with it.
 */
const CONFIRMED_MS = 10 * SECONDS;
/** Maximum number of sessions in a list. */
const MOST_LISTED = 100;

/** Until when a session is extended, and when that was decided. */
export type Extension = { expires: Date; lastModified: Date };

export const Session = Object.assign(sessionModel, {
  /**
   * Finds a session with its user. Returns null if the session is unknown or has ended, has passed its idle
   * or absolute limit, if the user's epoch has changed, or if the user is disabled (ASVS V7.3, V7.4).
   */
  async findLive(id: string, absoluteMs: number) {
    const found = await load(id);
    const person = found?.person;
    if (!found || !person || person.disabledAt) return null;
    const { session, expires, lastModified, endedAt } = found;
    const now = Date.now();
    if (endedAt && endedAt.getTime() <= now) return null;
    if (expires.getTime() <= now || (session.signedInAt ?? 0) + absoluteMs <= now) return null;
    if (isAhead(session.signedInAt, now) || isAhead(session.authenticatedAt, now)) return null;
    if (session.epoch !== person.sessionEpoch) return null;
    return { session, lastModified, person: toRequestUser(person) };
  },

  /** Stores a session, unless it has ended. */
  async store(id: string, session: SessionContent, expires: Date): Promise<void> {
    const $set = { session, expires, lastModified: new Date() };
    try {
      const filter = { _id: id, endedAt: { $exists: false } };
      const write = { updateOne: { filter, update: { $set }, upsert: true } };
      await writeTogether(sessionModel.collection, write, { mayRepeat: true });
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  },

  /**
   * Starts a session whose id is derived from the form. If the form is sent again, the existing session stays
   * unchanged, even if it has ended.
   */
  async start(id: string, session: SessionContent, expires: Date): Promise<void> {
    const $setOnInsert = { session, expires, lastModified: new Date() };
    try {
      await sessionModel.collection.updateOne({ _id: id as never }, { $setOnInsert }, { upsert: true });
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  },

  /** Extends several sessions, by their ids. Those that have ended stay ended. */
  async prolong(extensions: Map<string, Extension>): Promise<void> {
    const updates = [...extensions].map(([id, $set]) => ({
      updateOne: { filter: { _id: id as never, endedAt: { $exists: false } }, update: { $set } },
    }));
    await sessionModel.collection.bulkWrite(updates, { ordered: false });
  },

  /**
   * Lets a session end soon, because it continues under another id. Nothing is written to it any more. The successor is
   * already stored. So either the session had ended and gets no successor, or `endSessions` can find the successor.
   * @param by the id of the successor
   * @returns false if the session has ended, or another request was faster
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

  /** Returns true if the session continues under the id `by` and no browser has used that id yet. */
  async isOffering(id: string, by: string): Promise<boolean> {
    const isUnused = { endedAt: trusted({ $gt: new Date(Date.now() + CONFIRMED_MS) }) };
    return (await sessionModel.exists({ _id: id, succeededBy: by, ...isUnused })) !== null;
  },

  /** Lets the old session end within `CONFIRMED_MS`, because a browser has used the successor's id. */
  async confirmSuccession(id: string): Promise<void> {
    const endedAt = new Date(Date.now() + CONFIRMED_MS);
    await sessionModel.collection.updateOne(
      { _id: id as never, succeededBy: { $exists: true } },
      { $min: { endedAt } },
    );
  },

  /**
   * Ends a session that still has content, with a follow-up. As for every ended session, a tombstone stays.
   * @returns false if another request has ended it
   */
  async endWith(id: string, entry: OutboxEntry): Promise<boolean> {
    const update = { ...buildEndUpdate(), ...pushEntry(entry) };
    return writeWithEntry(sessionModel.collection, { _id: id, session: { $exists: true } }, update, entry);
  },

  /** Returns true if the session has ended recently. Returns false for a session that never started. */
  async hasEnded(id: string): Promise<boolean> {
    return (
      (await sessionModel.collection.findOne({ _id: id as never, endedAt: { $lte: new Date() } }, BOUNDED)) !== null
    );
  },

  /** Estimates the number of stored sessions, from the collection's metadata. Ended ones are stored for an hour. */
  estimateAll: (): Promise<number> => sessionModel.estimatedDocumentCount(),

  /** Counts a user's sessions, on one device or on all devices, except `kept`. */
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

  /**
   * Ends a session and its successors. A tombstone of each stays, so that no concurrent request can store the session
   * again.
   */
  async end(id: string): Promise<void> {
    for (let next: unknown = id; next; ) {
      next = (await sessionModel.collection.findOneAndUpdate({ _id: next as never }, buildEndUpdate()))?.succeededBy;
    }
  },

  /** Ends all sessions of a user. Returns their number. */
  async endAll(user: string): Promise<number> {
    return endSessions({ "session.passport.user": new Types.ObjectId(user) });
  },

  /** Ends the sessions of a user that began at or before this time. Returns their number. */
  async endUntil(user: Types.ObjectId, at: Date): Promise<number> {
    return endSessions({ "session.passport.user": user, "session.signedInAt": { $lte: at.getTime() } });
  },

  /** Ends a user's sessions on one device, except `kept`. Returns their number. */
  async endOnDevice(user: string, device: string, kept?: string): Promise<number> {
    const others = kept ? exceptSession(kept) : {};
    return endSessions({ "session.passport.user": new Types.ObjectId(user), "session.device": device, ...others });
  },

  /** Ends all sessions of a user except this one. Returns their number. */
  async endOthers(user: string, kept: string): Promise<number> {
    return endSessions({ "session.passport.user": new Types.ObjectId(user), ...exceptSession(kept) });
  },

  /** Lists the user's own live sessions, newest first. */
  async listLive({ id, sessionEpoch }: { id: string; sessionEpoch: number }, absoluteMs: number) {
    const since = Date.now() - absoluteMs;
    const found = await sessionModel.collection
      .find<StoredSession>(
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
