import { type InferSchemaType, model, Schema } from "mongoose";
import { isDuplicate } from "../database/errors.js";

const BOUNDED = { maxTimeMS: 5_000 };

const schema = new Schema(
  {
    /** Number and name, such as "0001-search-terms". */
    _id: String,
    startedAt: { type: Date, required: true },
    /** Until then, no other process works on it. */
    leasedUntil: { type: Date, default: null },
    /** How many documents it has changed. */
    changed: { type: Number, default: 0 },
    finishedAt: { type: Date, default: null },
    /** It ran once more, after all processes of the release before had stopped. */
    isSettled: { type: Boolean, default: false },
  },
  { versionKey: false },
);

const migrations = model("Migration", schema);
export type MigrationRecord = InferSchemaType<typeof schema> & { _id: string };

/** Which migrations ran (services/operations/migrations). */
export const MigrationRun = Object.assign(migrations, {
  /** Lists the records of all migrations that began. */
  list(): Promise<MigrationRecord[]> {
    return migrations.collection.find<MigrationRecord>({}, BOUNDED).sort({ _id: 1 }).toArray();
  },

  /** Leases a migration for one process. Returns false if another process works on it. */
  async lease(name: string, now: Date, until: Date): Promise<boolean> {
    const free = { _id: name as never, $or: [{ leasedUntil: null }, { leasedUntil: { $lte: now } }] };
    const started = { startedAt: now, changed: 0, finishedAt: null, isSettled: false };
    try {
      await migrations.collection.updateOne(
        free,
        { $set: { leasedUntil: until }, $setOnInsert: started },
        { upsert: true },
      );
      return true;
    } catch (error) {
      if (isDuplicate(error, "_id")) return false;
      throw error;
    }
  },

  /** Adds to the number of changed documents, and renews the lease. */
  async progress(name: string, changed: number, until: Date): Promise<void> {
    await migrations.updateOne({ _id: name }, { $inc: { changed }, $set: { leasedUntil: until } });
  },

  /** Ends the lease. @param outcome what is true from now on; nothing if the migration must continue later */
  async release(name: string, outcome: { finishedAt?: Date; isSettled?: boolean } = {}): Promise<void> {
    await migrations.updateOne({ _id: name }, { $set: { leasedUntil: null, ...outcome } });
  },
});
