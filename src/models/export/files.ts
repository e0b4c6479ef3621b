import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import mongoose, { Types } from "mongoose";

/** A file in GridFS. `length` is in bytes. */
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

/**
 * Streams a file into GridFS. If that fails, no part of the file stays. @throws the error of the stream or the database
 */
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

export const readFile = (id: Types.ObjectId): Readable => bucket().openDownloadStream(id);

/** Deletes a file if it exists. Deletes the chunks first, so that after a crash the record still leads to them. */
export async function dropFile(id: Types.ObjectId): Promise<void> {
  await chunks().deleteMany({ files_id: id });
  await files().deleteOne({ _id: id });
}

/**
 * Deletes up to `AT_ONCE` files from before this time, and the orphaned chunks of as many files. Chunks are orphaned if
 * the process stopped while it wrote them. Returns the number of deleted files.
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
