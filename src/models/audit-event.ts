import { type InferSchemaType, model, Schema, Types, trusted } from "mongoose";
import { createEventId, writeOnce } from "./outbox/once.js";

const DAYS = 86_400_000;
const KEPT_MS = 400 * DAYS;
const PAGE = 20;
const isId = { $type: "objectId" } as const;

const schema = new Schema({
  event: { type: String, required: true },
  /** Whom it is about; null where that is nobody we know. */
  user: { type: Schema.Types.ObjectId, default: null },
  /** Who did it, when it was somebody else. */
  actor: { type: Schema.Types.ObjectId, default: null },
  at: { type: Date, required: true },
  ip: { type: String, default: "" },
  agent: { type: String, default: "" },
  /** The id of the request, as in the log. */
  request: { type: String, default: "" },
  details: { type: Map, of: String, default: undefined },
  expiresAt: { type: Date, required: true },
});
schema.index({ user: 1, _id: -1 });
schema.index({ user: 1, event: 1, _id: -1 });
schema.index({ event: 1, _id: -1 });
// Few: who did it is written down only when it was not the person themselves.
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

/** What happened to accounts, by whom and from where (ASVS V16.3). It only ever grows; what is older than 400 days goes. */
export const AuditEvent = Object.assign(events, {
  /** Adds an event. False when an earlier run of the same follow-up did. */
  async append(entry: Entry): Promise<boolean> {
    const at = new Date();
    const event = { ...entry, at, expiresAt: new Date(at.getTime() + KEPT_MS) };
    const _id = createEventId() ?? new Types.ObjectId();
    return writeOnce(() => events.create({ _id, ...event }));
  },

  /** Whether there is an event with this id. */
  async isWritten(id: Types.ObjectId): Promise<boolean> {
    return (await events.exists({ _id: id })) !== null;
  },

  /** All of a person's events, newest first, one by one. */
  streamForUser(user: string): AsyncIterable<AuditEventFields> {
    const own = { user: new Types.ObjectId(user) };
    return events.collection.find<AuditEventFields>(own, { batchSize: 200 }).sort({ user: 1, _id: -1 });
  },

  /** Drops the events of these people, and their part in those of others. */
  async forget(...users: Types.ObjectId[]): Promise<void> {
    await events.deleteMany({ user: trusted({ $in: users }) });
    await events.updateMany({ actor: trusted({ $in: users, ...isId }) }, { $set: { actor: null } });
  },

  /** A person's own events, newest first. @param before the id of the last event of the page before: `older` of that page */
  async listForUser(user: string, before?: string) {
    const from = before ? { _id: trusted({ $lt: new Types.ObjectId(before) }) } : {};
    const found = await events
      .find({ user: new Types.ObjectId(user), ...from })
      .sort({ _id: -1 })
      .limit(PAGE + 1)
      .lean<AuditEventFields[]>();
    const page = found.slice(0, PAGE);
    return { events: page, older: found.length > PAGE ? String(page.at(-1)?._id) : null };
  },
});
