import mongoose, { type mongo } from "mongoose";
import { getRestoreMarkers } from "../../database/restore-marker.js";
import { avatarFileCollections, droppedCollections, keptCollections } from "./collections.js";

/** Documents in one response of the database. */
const BATCH = 500;
/** A part is complete once it has this size. Small parts keep the memory flat, and the pauses for other work short. */
const PART_BYTES = 256 * 1024;

/** The session of a snapshot, or nothing. Both are options for reads. */
export type Snapshot = { session?: mongo.ClientSession };

/**
 * Begins to read the database as of one moment, where it can do that: a replica set or a sharded cluster. A standalone
 * server and the embedded engine cannot: there is no session then, and each document is read as it is at that time.
 */
export async function beginSnapshot(): Promise<Snapshot> {
  const session = mongoose.connection.getClient().startSession({ snapshot: true });
  try {
    await mongoose.connection.collection("users").findOne({}, { session, projection: { _id: 1 } });
    return { session };
  } catch {
    await session.endSession();
    return {};
  }
}

/** SnapshotTooOld and SnapshotUnavailable: the server no longer has the data of that moment. */
const SNAPSHOT_GONE: readonly unknown[] = [239, 246];

/** Returns true if the server keeps its old data for less time than the backup takes. */
export const isSnapshotGone = (error: unknown): boolean =>
  SNAPSHOT_GONE.includes((error as { code?: unknown } | null)?.code);

/** What the database, and a restore, keep for themselves. */
const isInternal = (name: string) => name.startsWith("system.") || name === getRestoreMarkers().collectionName;

/**
 * Lists the collections about which collections.ts does not say whether a backup contains them, so that it does not. A
 * site's own model is one, if it was written without `npm run new model`.
 */
export async function listForgotten(): Promise<string[]> {
  const decided = [...keptCollections, ...avatarFileCollections, ...Object.keys(droppedCollections)];
  const database = mongoose.connection.getClient().db(mongoose.connection.name);
  const found = await database.listCollections({ type: "collection" }, { nameOnly: true }).toArray();
  return found
    .map(({ name }) => name)
    .filter((name) => !isInternal(name) && !decided.includes(name))
    .sort();
}

/**
 * Reads the documents of a collection as BSON, in the order of their ids, in parts of some 256 kB. By the index on `_id`,
 * no document is read twice, whatever is written in the meantime.
 */
export async function* readParts(name: string, snapshot: Snapshot): AsyncGenerator<Buffer[]> {
  const options = { ...snapshot, raw: true, hint: { _id: 1 }, sort: { _id: 1 }, batchSize: BATCH } as const;
  let [part, bytes]: [Buffer[], number] = [[], 0];
  for await (const document of mongoose.connection.collection(name).find({}, options)) {
    part.push(document as unknown as Buffer);
    bytes += (document as unknown as Buffer).length;
    if (bytes < PART_BYTES) continue;
    yield part;
    [part, bytes] = [[], 0];
  }
  if (part.length > 0) yield part;
}
