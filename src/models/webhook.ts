import { type InferSchemaType, model, Schema, Types } from "mongoose";
import type { EventType } from "../definitions/public-events.js";
import { batchReads } from "../lib/async/batch-loader.js";
import { findAll } from "./find-all.js";
import {
  indexOutbox,
  insertOnce,
  type OutboxEntry,
  outboxField,
  pushEntry,
  withEntry,
  writeWithEntry,
} from "./outbox.js";

const HOURS = 3_600_000;
/** Maximum number of webhooks: each event is sent to all that want it. */
export const MOST_WEBHOOKS = 20;
/** How long the secret before a rotation still signs, so that receivers have time to change theirs. */
const PREVIOUS_SECRET_MS = 24 * HOURS;
/** A failure this long after the one before is the first of new ones. Retries come each hour, so nothing was tried. */
const FAILURES_APART_MS = 24 * HOURS;
const options = { maxTimeMS: 5_000 };

const schema = new Schema(
  {
    url: { type: String, required: true },
    description: { type: String, required: true },
    /** The types of events that it gets. */
    types: { type: [String], required: true },
    /** The secret that signs, encrypted (services/events/secrets.ts). */
    secret: { type: String, required: true },
    /** The secret before the last rotation, which signs until `previousUntil`. */
    previousSecret: { type: String, default: null },
    previousUntil: { type: Date, default: null },
    /** The form that rotated the secret, so that sending it twice rotates it once. */
    rotation: { type: Schema.Types.ObjectId, default: null },
    createdAt: { type: Date, required: true },
    pausedAt: { type: Date, default: null },
    /** Who paused it: an admin; we, after long failure; or the receiver, by answering 410. */
    pausedBy: { type: String, enum: ["admin", "failure", "receiver"] },
    /** The first of the failures since the last success that have no day between them; null after a success. */
    failingSince: { type: Date, default: null },
    lastFailureAt: { type: Date, default: null },
    /** Set when it is deleted, before its deliveries are. Nobody finds it then. */
    deletedAt: { type: Date, default: null },
    /** Follow-ups that must still run after a change (outbox.ts). */
    outbox: outboxField,
  },
  { versionKey: false },
);
indexOutbox(schema);
schema.index({ types: 1 });

const webhooks = model("Webhook", schema);

export type WebhookFields = Omit<InferSchemaType<typeof schema>, "types"> & { _id: Types.ObjectId; types: EventType[] };
/** What admins choose. */
export type WebhookSettings = { url: string; description: string; types: EventType[] };
export type PausedBy = NonNullable<WebhookFields["pausedBy"]>;

const standing = (_id: Types.ObjectId) => ({ _id, deletedAt: null });

const readWanted = batchReads(async (asked) => {
  const active = { types: { $in: asked as EventType[] }, pausedAt: null, deletedAt: null };
  const found = await findAll<{ types: EventType[] }>(webhooks.collection, active, { projection: { types: 1 } });
  return new Map(found.flatMap(({ types }) => types.map((type) => [type, true] as const)));
});

/** Addresses of other programs that get events (docs/webhooks.md). */
export const Webhook = Object.assign(webhooks, {
  /** Stores a webhook, or returns the one that the same form stored. Returns null if there are `MOST_WEBHOOKS`. */
  async add(
    { _id, secret, ...settings }: WebhookSettings & { _id: Types.ObjectId; secret: string },
    entry: OutboxEntry,
  ): Promise<WebhookFields | null> {
    const isThere = await webhooks.exists({ _id });
    if (!isThere && (await webhooks.countDocuments({ deletedAt: null })) >= MOST_WEBHOOKS) return null;
    const document = { _id, secret, ...settings, createdAt: new Date(), ...withEntry(entry) };
    return (await insertOnce(webhooks, document)).document.toObject() as WebhookFields;
  },

  /** Lists all webhooks, oldest first. */
  async listAll(): Promise<WebhookFields[]> {
    const all = { deletedAt: null };
    return webhooks.collection.find<WebhookFields>(all, options).sort({ _id: 1 }).limit(MOST_WEBHOOKS).toArray();
  },

  /** Lists the webhooks that get events of this type now. */
  async listFor(type: string): Promise<WebhookFields[]> {
    return webhooks.collection.find<WebhookFields>({ types: type, pausedAt: null, deletedAt: null }, options).toArray();
  },

  /** Returns true if a webhook gets events of this type now. What is asked at the same moment shares a read. */
  isWanted: async (type: EventType): Promise<boolean> => (await readWanted(type)) !== null,

  async find(id: Types.ObjectId | string): Promise<WebhookFields | null> {
    return webhooks.collection.findOne<WebhookFields>(standing(new Types.ObjectId(id)), options);
  },

  /** Changes what admins choose. Returns false if that has changed since it was read, or the webhook was deleted. */
  change(read: WebhookFields, settings: WebhookSettings, entry: OutboxEntry): Promise<boolean> {
    const { _id, url, description, types } = read;
    const asRead = { ...standing(_id), url, description, types };
    return writeWithEntry(webhooks.collection, asRead, { $set: settings, ...pushEntry(entry) }, entry);
  },

  /**
   * Replaces the secret; the present one still signs for a day, unless it is lost. Returns false if this rotation was made
   * before, or the webhook was deleted.
   */
  rotate(
    { _id, secret: previousSecret }: Pick<WebhookFields, "_id" | "secret">,
    { secret, rotation, isPreviousLost }: { secret: string; rotation: Types.ObjectId; isPreviousLost: boolean },
    entry: OutboxEntry,
  ): Promise<boolean> {
    const previousUntil = isPreviousLost ? null : new Date(Date.now() + PREVIOUS_SECRET_MS);
    const update = { $set: { secret, rotation, previousSecret, previousUntil }, ...pushEntry(entry) };
    const asRead = { ...standing(_id), secret: previousSecret, rotation: { $ne: rotation } };
    return writeWithEntry(webhooks.collection, asRead, update, entry);
  },

  /** Pauses a webhook. Returns false if it is paused already, or deleted. */
  pause(id: Types.ObjectId, pausedBy: PausedBy, entry: OutboxEntry): Promise<boolean> {
    const update = { $set: { pausedAt: new Date(), pausedBy }, ...pushEntry(entry) };
    return writeWithEntry(webhooks.collection, { ...standing(id), pausedAt: null }, update, entry);
  },

  /** Ends a pause, and forgets earlier failures. Returns false if it is not paused, or deleted. */
  resume(id: Types.ObjectId, entry: OutboxEntry): Promise<boolean> {
    const update = { $set: { pausedAt: null, failingSince: null }, $unset: { pausedBy: 1 }, ...pushEntry(entry) };
    return writeWithEntry(webhooks.collection, { ...standing(id), pausedAt: { $ne: null } }, update, entry);
  },

  /** Marks a webhook as deleted; the follow-up deletes it. Returns false if it was deleted before. */
  remove(id: Types.ObjectId, entry: OutboxEntry): Promise<boolean> {
    const update = { $set: { deletedAt: new Date() }, ...pushEntry(entry) };
    return writeWithEntry(webhooks.collection, standing(id), update, entry);
  },

  /** Stores a follow-up without any other change. Returns false if the webhook was deleted. */
  leave(id: Types.ObjectId, entry: OutboxEntry): Promise<boolean> {
    return writeWithEntry(webhooks.collection, standing(id), pushEntry(entry), entry);
  },

  async drop(id: Types.ObjectId): Promise<void> {
    await webhooks.collection.deleteOne({ _id: id });
  },

  /**
   * Notes a failed delivery. Returns since when deliveries have failed. Example: an event fails on Monday and is given
   * up on Tuesday. On Friday another one fails: deliveries have failed since Friday.
   * @returns `now` also if the webhook has changed since it was read, because another delivery was faster
   */
  async noteFailure({ _id, failingSince, lastFailureAt }: WebhookFields, now = new Date()): Promise<Date> {
    const isNext = failingSince && lastFailureAt && now.getTime() - lastFailureAt.getTime() < FAILURES_APART_MS;
    const since = isNext ? failingSince : now;
    const asRead = { _id, failingSince: failingSince ?? null };
    const { matchedCount } = await webhooks.collection.updateOne(asRead, {
      $set: { failingSince: since, lastFailureAt: now },
    });
    return matchedCount > 0 ? since : now;
  },

  /** Notes a successful delivery. */
  async noteSuccess({ _id, failingSince }: WebhookFields): Promise<void> {
    if (failingSince) await webhooks.collection.updateOne({ _id }, { $set: { failingSince: null } });
  },
});
