import { type InferSchemaType, model, Schema, Types, trusted } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { repeatUntilDone, type Stop } from "../lib/async/until-done.js";
import { dropFile, dropFilesBefore, type StoredFile } from "./export/files.js";
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
/** Time for which an export can be downloaded. `MADE_WITHIN_MS` is the time limit for creating it. */
const KEPT_MS = 24 * HOURS;
const MADE_WITHIN_MS = 2 * HOURS;
const AT_ONCE = 50;

const file = new Schema({ id: Schema.Types.ObjectId, length: Number }, { _id: false });

const schema = new Schema({
  user: { type: Schema.Types.ObjectId, required: true },
  askedAt: { type: Date, required: true },
  readyAt: { type: Date, default: null },
  expiresAt: { type: Date, required: true },
  json: { type: file, default: undefined },
  zip: { type: file, default: undefined },
  /** Follow-ups that must still run after a change (outbox.ts). */
  outbox: outboxField,
});
indexOutbox(schema);
schema.index({ user: 1, askedAt: -1 });
// Allows one unfinished export per user.
schema.index({ user: 1 }, { name: "unfinished", unique: true, partialFilterExpression: { readyAt: null } });
schema.index({ expiresAt: 1 });

const exports = model("Export", schema);
export type Export = InferSchemaType<typeof schema> & { _id: Types.ObjectId };
export type ExportFiles = { json: StoredFile; zip: StoredFile };

type Once = { _id?: Types.ObjectId; entry?: OutboxEntry };

const living = () => ({ expiresAt: trusted({ $gt: new Date() }) });
const isId = (id: string) => /^[0-9a-f]{24}$/.test(id);

/** Data exports that users have requested. models/export/files.ts stores their files. */
export const Export = Object.assign(exports, {
  /** Requests an export. Returns null if another one is still being created; a unique index decides this. */
  async ask(user: string, { _id = new Types.ObjectId(), entry }: Once = {}): Promise<string | null> {
    const askedAt = new Date();
    try {
      const expiresAt = new Date(askedAt.getTime() + MADE_WITHIN_MS);
      await insertOnce(exports, { _id, ...{ user, askedAt, expiresAt }, ...withEntry(entry) });
      return String(_id);
    } catch (error) {
      if (isDuplicate(error)) return null;
      throw error;
    }
  },

  /** Returns the user's newest export, finished or not; null if there is none. */
  async findNewest(user: string): Promise<Export | null> {
    return exports
      .findOne({ user: new Types.ObjectId(user), ...living() })
      .sort({ askedAt: -1 })
      .lean<Export>();
  },

  /** Finds an unfinished export, or returns null. */
  async findUnfinished(id: string): Promise<Export | null> {
    return exports.findOne({ _id: id, readyAt: null, ...living() }).lean<Export>();
  },

  /** Finds a finished export of this user. Returns null if it is unfinished or expired. */
  async findReady(id: string, user: string): Promise<Export | null> {
    if (!isId(id)) return null;
    return exports.findOne({ _id: id, user, readyAt: trusted({ $type: "date" }), ...living() }).lean<Export>();
  },

  /** Marks an export as finished. Returns false if it has expired, was deleted, or was finished by another process. */
  async finish(id: Types.ObjectId, files: ExportFiles, entry?: OutboxEntry): Promise<boolean> {
    const readyAt = new Date();
    const ready = { ...files, readyAt, expiresAt: new Date(readyAt.getTime() + KEPT_MS) };
    const unfinished = { _id: id, readyAt: null, expiresAt: { $gt: readyAt } };
    return writeWithEntry(exports.collection, unfinished, { $set: ready, ...pushEntry(entry) }, entry);
  },

  /** Deletes all exports of a user, with their files. */
  async forget(user: Types.ObjectId): Promise<void> {
    await repeatUntilDone(async () => removeAll(await exports.find({ user }).limit(AT_ONCE).lean<Export[]>()));
  },

  /** Deletes expired exports, and files without an export. */
  async sweep(now = new Date(), stop?: Stop): Promise<void> {
    const expired = exports.find({ expiresAt: trusted({ $lte: now }) }).sort({ expiresAt: 1 });
    await repeatUntilDone(async () => removeAll(await expired.clone().limit(AT_ONCE).lean<Export[]>()), stop);
    const before = new Date(now.getTime() - MADE_WITHIN_MS - KEPT_MS);
    await repeatUntilDone(() => dropFilesBefore(before), stop);
  },
});

/** Deletes the files before the record, so that the record still names them after a crash. */
async function removeAll(some: Export[]): Promise<number> {
  for (const { _id, json, zip } of some) {
    for (const file of [json, zip]) if (file?.id) await dropFile(file.id);
    await exports.deleteOne({ _id });
  }
  return some.length;
}
