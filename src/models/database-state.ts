import mongoose from "mongoose";
import { compareIndexes, type IndexDifferences } from "../database/indexes.js";
// With these, all models are imported, so that no collection is left out.
import "./backup/collections.js";
import "./canary.js";
import "./daily-count.js";

const MAX_MS = 3_000;

/** Returns the time of the database's clock, in milliseconds since 1970. */
export async function readDatabaseTime(): Promise<number> {
  const [row] = await mongoose.connection
    .getClient()
    .db(mongoose.connection.name)
    .aggregate<{ now: Date }>([{ $documents: [{}] }, { $project: { now: "$$NOW" } }], { maxTimeMS: MAX_MS })
    .toArray();
  if (!row) throw new Error("The database does not tell its time");
  return row.now.getTime();
}

/** Finds indexes that are missing or unknown in the collections of all models. */
export const findIndexDifferences = (): Promise<IndexDifferences> => compareIndexes();
