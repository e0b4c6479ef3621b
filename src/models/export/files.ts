import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import mongoose, { Types } from "mongoose";

/** A file in the database: GridFS keeps it in pieces. */
export type StoredFile = { id: Types.ObjectId; length: number };

const AT_ONCE = 100;
const BUCKET = "exports";

function database() {
  const { db } = mongoose.connection;
  if (!db) throw new Error("there is no connection to the database");
  return db;
}
const bucket = () => new mongoose.mongo.GridFSBucket(database(), { bucketName: BUCKET });
const files = () => database().collection(`${BUCKET}.files`);
const chunks = () => database().collection(`${BUCKET}.chunks`);

/** Writes a file as it comes; when that fails, nothing of it is left. */
export async function storeFile(name: string, content: Readable): Promise<StoredFile> {
  const upload = bucket().openUploadStream(name);
  try {
    await pipeline(content, upload);
  } catch (error) {
    await dropFile(upload.id);
    throw error;
  }
  return { id: upload.id, length: upload.length };
}

/** Reads a file, piece by piece. */
export const readFile = (id: Types.ObjectId): Readable => bucket().openDownloadStream(id);

/** Removes a file and its pieces; it may be gone already. The pieces go first, so that they are found again after a crash. */
export async function dropFile(id: Types.ObjectId): Promise<void> {
  await chunks().deleteMany({ files_id: id });
  await files().deleteOne({ _id: id });
}

/**
 * Removes some files, and pieces of files, from before this time: also those that belong to nothing, because a process ended
 * while it wrote them. Answers how many these were.
 */
export async function dropFilesBefore(time: Date): Promise<number> {
  const old = { $lt: Types.ObjectId.createFromTime(Math.floor(time.getTime() / 1000)) };
  const whole = await files().find({ _id: old }).project({ _id: 1 }).limit(AT_ONCE).toArray();
  const pieces = await chunks()
    .aggregate([{ $match: { files_id: old } }, { $group: { _id: "$files_id" } }, { $limit: AT_ONCE }])
    .toArray();
  for (const { _id } of [...whole, ...pieces]) await dropFile(_id as Types.ObjectId);
  return whole.length + pieces.length;
}
