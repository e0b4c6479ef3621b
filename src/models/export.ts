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
/** How long an export can be fetched, and how long it may take to make. */
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
  /** What is left to do after a change (outbox.ts). */
  outbox: outboxField,
});
indexOutbox(schema);
schema.index({ user: 1, askedAt: -1 });
// One at a time for each person.
schema.index({ user: 1 }, { name: "unfinished", unique: true, partialFilterExpression: { readyAt: null } });
schema.index({ expiresAt: 1 });

const exports = model("Export", schema);
export type Export = InferSchemaType<typeof schema> & { _id: Types.ObjectId };
/** The two files of an export. */
export type ExportFiles = { json: StoredFile; zip: StoredFile };

type Once = { _id?: Types.ObjectId; entry?: OutboxEntry };

const living = () => ({ expiresAt: trusted({ $gt: new Date() }) });
const isId = (id: string) => /^[0-9a-f]{24}$/.test(id);

/** Copies of their data that people ask for. The files themselves are in models/export/files.ts. */
export const Export = Object.assign(exports, {
  /** Asks for one; null when one is being made already: the unique index judges. */
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

  /** The person's newest, made or not, or null. */
  async findNewest(user: string): Promise<Export | null> {
    return exports
      .findOne({ user: new Types.ObjectId(user), ...living() })
      .sort({ askedAt: -1 })
      .lean<Export>();
  },

  /** One that is asked for and not made yet, or null. */
  async findUnfinished(id: string): Promise<Export | null> {
    return exports.findOne({ _id: id, readyAt: null, ...living() }).lean<Export>();
  },

  /** The person's own, if it is made and not too old, else null. */
  async findReady(id: string, user: string): Promise<Export | null> {
    if (!isId(id)) return null;
    return exports.findOne({ _id: id, user, readyAt: trusted({ $type: "date" }), ...living() }).lean<Export>();
  },

  /** Notes that it is made; false when nobody waits for it any more, or another process was faster. */
  async finish(id: Types.ObjectId, files: ExportFiles, entry?: OutboxEntry): Promise<boolean> {
    const readyAt = new Date();
    const ready = { ...files, readyAt, expiresAt: new Date(readyAt.getTime() + KEPT_MS) };
    const unfinished = { _id: id, readyAt: null, expiresAt: { $gt: readyAt } };
    return writeWithEntry(exports.collection, unfinished, { $set: ready, ...pushEntry(entry) }, entry);
  },

  /** Removes all of a person's, with their files. */
  async forget(user: Types.ObjectId): Promise<void> {
    await repeatUntilDone(async () => removeAll(await exports.find({ user }).limit(AT_ONCE).lean<Export[]>()));
  },

  /** Removes those that are too old, and files that nobody can fetch any more. */
  async sweep(now = new Date(), stop?: Stop): Promise<void> {
    const expired = exports.find({ expiresAt: trusted({ $lte: now }) }).sort({ expiresAt: 1 });
    await repeatUntilDone(async () => removeAll(await expired.clone().limit(AT_ONCE).lean<Export[]>()), stop);
    const before = new Date(now.getTime() - MADE_WITHIN_MS - KEPT_MS);
    await repeatUntilDone(() => dropFilesBefore(before), stop);
  },
});

/** The files first: after a crash their entry still tells of them. */
async function removeAll(some: Export[]): Promise<number> {
  for (const { _id, json, zip } of some) {
    for (const file of [json, zip]) if (file?.id) await dropFile(file.id);
    await exports.deleteOne({ _id });
  }
  return some.length;
}
