import { randomUUID } from "node:crypto";
import mongoose from "mongoose";
import { IndexFailed, isDuplicate } from "../../database/errors.js";
import { prepareData } from "../../database/open.js";
import { insertBson } from "../../database/raw-insert.js";
import { getRestoreMarkers } from "../../database/restore-marker.js";
import { superadmins } from "../superadmin-seat.js";
import { avatarFileCollections, droppedCollections, keptCollections, writtenAtStart } from "./collections.js";

/** The database has data already, or an earlier restore has not finished there. */
class TargetRefused extends Error {
  override name = "TargetRefused";
}

const UNFINISHED =
  "An unfinished restore is in this database. If no other restore is running, start again with: npm run restore -- --again FILE";
const filled = [...keptCollections, ...avatarFileCollections];
const collection = (name: string) => mongoose.connection.collection(name);

/** Longer than the pause between two runs of the most frequent job. */
const IN_USE_MS = 150_000;

/**
 * Checks that the database contains nothing of what a backup contains but what a start of the app has written, and that
 * no app is running on it.
 * @throws TargetRefused
 */
async function assertEmpty(): Promise<void> {
  for (const name of filled) {
    if (writtenAtStart.includes(name)) continue;
    if (await collection(name).findOne({}, { projection: { _id: 1 } }))
      throw new TargetRefused(
        `The database is not empty: it has documents in "${name}". A backup is restored only into an empty database, so that nothing is overwritten. Nothing was changed.`,
      );
  }
  const latest = await collection("jobs").findOne({ lastRunAt: { $gt: new Date(Date.now() - IN_USE_MS) } });
  if (latest)
    throw new TargetRefused(
      "The app was running on this database less than three minutes ago. Stop it, and start the restore again in three minutes. Nothing was changed.",
    );
}

/**
 * Marks the database as incomplete, so that no app starts with it, and removes what an app start left behind.
 * @param isAgain also removes the remains of an unfinished restore
 * @returns the id of this run
 * @throws TargetRefused
 */
export async function beginRestore(isAgain: boolean): Promise<string> {
  const markers = getRestoreMarkers();
  const earlier = await markers.findOne({ _id: "restore" });
  if (earlier && !isAgain) throw new TargetRefused(UNFINISHED);
  // Only a marker with `isWriting` says that all data are from a backup. Anything else is never deleted.
  if (!earlier?.isWriting) await assertEmpty();
  const marker = { run: randomUUID(), beganAt: new Date(), isWriting: earlier?.isWriting ?? false };
  if (earlier) await markers.updateOne({ _id: "restore", run: earlier.run }, { $set: marker });
  else
    await markers.insertOne({ _id: "restore", ...marker }).catch((error: unknown) => {
      throw isDuplicate(error) ? new TargetRefused(UNFINISHED) : error; // another restore was faster
    });
  if (!marker.isWriting) await assertStillEmpty(marker.run);
  await markers.updateOne({ _id: "restore", run: marker.run }, { $set: { isWriting: true } });
  for (const name of [...filled, ...Object.keys(droppedCollections)]) await collection(name).drop();
  return marker.run;
}

/** Checks again now that no app can start. If one was faster, the marker goes, because the data are not ours. */
async function assertStillEmpty(run: string): Promise<void> {
  try {
    await assertEmpty();
  } catch (error) {
    await getRestoreMarkers().deleteOne({ _id: "restore", run });
    throw error;
  }
}

/** Inserts documents as they are, byte for byte. */
export const insertDocuments = (name: string, documents: Buffer[]): Promise<void> =>
  insertBson(mongoose.connection, name, documents);

/** Returns true if a restore ended with IndexFailed. */
export const isIndexFailure = (error: unknown): boolean => error instanceof IndexFailed;

/**
 * Prepares the restored data as a start of the app does, and opens the database for the app.
 * @throws TargetRefused if another restore has taken over; IndexFailed if two documents have the same unique value, which
 * had another owner when the later one was read. All data are restored then, and a start of the app repeats the error.
 */
export async function finishRestore(run: string): Promise<void> {
  const failure = await prepareData().catch((error: unknown) => {
    if (error instanceof IndexFailed) return error;
    throw error;
  });
  if (!failure) await superadmins.repair(); // needs the indexes; otherwise a job does it
  const { deletedCount } = await getRestoreMarkers().deleteOne({ _id: "restore", run });
  if (deletedCount === 0) throw new TargetRefused("Another restore has replaced this one.");
  if (failure) throw new IndexFailed(`Everything was restored. ${failure.message}`, { cause: failure });
}
