import { type InferSchemaType, model, Schema, Types, trusted } from "mongoose";
import { writeTogether } from "../database/write-together.js";
import { createEventId, writeOnce } from "./outbox/once.js";

const DAYS = 86_400_000;
/** How long events are kept, in milliseconds. */
export const KEPT_MS = 400 * DAYS;
const PAGE = 20;
const isId = { $type: "objectId" } as const;

const schema = new Schema({
  event: { type: String, required: true },
  /** The user whom the event concerns; null if there is no such user. */
  user: { type: Schema.Types.ObjectId, default: null },
  /** The user who caused the event; null if it is `user`. */
  actor: { type: Schema.Types.ObjectId, default: null },
  at: { type: Date, required: true },
  ip: { type: String, default: "" },
  agent: { type: String, default: "" },
  /** The request id, which is also in the log. */
  request: { type: String, default: "" },
  details: { type: Map, of: String, default: undefined },
  expiresAt: { type: Date, required: true },
});
schema.index({ user: 1, _id: -1 });
schema.index({ user: 1, event: 1, _id: -1 });
schema.index({ event: 1, _id: -1 });
// The actor is stored only if it differs from the user, so these indexes are small.
const byOthers = { partialFilterExpression: { actor: isId } };
schema.index({ actor: 1, _id: -1 }, byOthers);
schema.index({ actor: 1, event: 1, _id: -1 }, byOthers);
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const events = model("AuditEvent", schema);
export type AuditEventFields = Omit<InferSchemaType<typeof schema>, "details"> & {
  _id: Types.ObjectId;
  details?: Record<string, string>;
};

type Entry = {
  event: string;
  user: string | null;
  actor: string | null;
  ip: string;
  agent: string;
  request: string;
  details?: Record<string, string>;
};

const toId = (id: string | null) => (id === null ? null : new Types.ObjectId(id));

/**
 * The audit log: what happened to accounts, who did it, and from where (ASVS V16.3). Events never change and expire
 * after 400 days.
 */
export const AuditEvent = Object.assign(events, {
  /** Adds an event. Returns false if an earlier run of the same follow-up already added it. */
  async append(entry: Entry): Promise<boolean> {
    const at = new Date();
    const [user, actor] = [toId(entry.user), toId(entry.actor)];
    const _id = createEventId() ?? new Types.ObjectId();
    const document = { ...entry, _id, user, actor, at, expiresAt: new Date(at.getTime() + KEPT_MS) };
    return writeOnce(() => writeTogether(events.collection, { insertOne: { document } }));
  },

  async isWritten(id: Types.ObjectId): Promise<boolean> {
    return (await events.exists({ _id: id })) !== null;
  },

  /** Iterates over all events of a user, newest first. */
  streamForUser(user: string): AsyncIterable<AuditEventFields> {
    const own = { user: new Types.ObjectId(user) };
    return events.collection.find<AuditEventFields>(own, { batchSize: 200 }).sort({ user: 1, _id: -1 });
  },

  /** Lists the ids of the events of these users, and of the events of others that they caused. */
  async listIds(users: Types.ObjectId[]): Promise<{ own: Types.ObjectId[]; caused: Types.ObjectId[] }> {
    const those = { $or: [{ user: { $in: users } }, { actor: { $in: users, ...isId } }] };
    const found = await events.collection.find<AuditEventFields>(those, { projection: { user: 1 } }).toArray();
    const asked = new Set(users.map(String));
    const isOwn = ({ user }: AuditEventFields) => asked.has(String(user));
    const toIds = (some: { _id: Types.ObjectId }[]) => some.map(({ _id }) => _id);
    return { own: toIds(found.filter(isOwn)), caused: toIds(found.filter((event) => !isOwn(event))) };
  },

  /** Returns the time of the oldest event, or null if there is none. */
  async findOldest(): Promise<Date | null> {
    const [oldest] = await events.collection
      .find({}, { projection: { at: 1 }, maxTimeMS: 5_000 })
      .sort({ expiresAt: 1 })
      .limit(1)
      .toArray();
    return oldest?.at ?? null;
  },

  /** Iterates over the events from one time up to another. Their order is that of the index on the expiry date. */
  streamBetween(from: Date, to: Date): AsyncIterable<AuditEventFields> {
    const expiresAt = { $gte: new Date(from.getTime() + KEPT_MS), $lt: new Date(to.getTime() + KEPT_MS) };
    return events.collection.find<AuditEventFields>({ expiresAt }, { batchSize: 1_000 }).sort({ expiresAt: 1 });
  },

  /**
   * Lists the ids of events that `streamBetween` never returns: of a time before `from` but not expired, of a time after
   * `to`, or without a valid expiry date. Reads all events.
   */
  async listOutside(from: Date, to: Date, now: Date, limit = 100): Promise<string[]> {
    const [first, last] = [from, to].map((time) => new Date(time.getTime() + KEPT_MS));
    const isNoDate = { expiresAt: { $not: { $type: "date" as const } } };
    const those = { $or: [isNoDate, { expiresAt: { $gt: now, $lt: first } }, { expiresAt: { $gte: last } }] };
    const found = await events.collection.find(those as object, { projection: { _id: 1 }, limit }).toArray();
    return found.map(({ _id }) => String(_id));
  },

  /** Returns the events with these ids. */
  listByIds(ids: string[]): Promise<AuditEventFields[]> {
    const those = { _id: { $in: ids.map((id) => new Types.ObjectId(id)) } };
    return events.collection.find<AuditEventFields>(those, { maxTimeMS: 5_000 }).toArray();
  },

  /**
   * Deletes the events of these users, and removes the users as actors of other events.
   * @param which whether there are such events, from `listIds`
   */
  async forget(users: Types.ObjectId[], which: { own: boolean; caused: boolean }): Promise<void> {
    if (which.own) await events.deleteMany({ user: trusted({ $in: users }) });
    if (which.caused) await events.updateMany({ actor: trusted({ $in: users, ...isId }) }, { $set: { actor: null } });
  },

  /**
   * Returns one page of the user's own events, newest first.
   * @param before `older` of the previous page
   * @param limit most events of a page
   */
  async listForUser(user: string, before?: string, limit = PAGE) {
    const from = before ? { _id: trusted({ $lt: new Types.ObjectId(before) }) } : {};
    const found = await events
      .find({ user: new Types.ObjectId(user), ...from })
      .sort({ _id: -1 })
      .limit(limit + 1)
      .lean<AuditEventFields[]>();
    const page = found.slice(0, limit);
    return { events: page, older: found.length > limit ? String(page.at(-1)?._id) : null };
  },
});
