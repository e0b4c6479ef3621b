import mongoose from "mongoose";
import type { FileStore } from "../../lib/files/storage.js";

const BUCKET = "pictures";
/** The chunk size of GridFS. */
const PIECE_BYTES = 255 * 1024;

function database() {
  const { db } = mongoose.connection;
  if (!db) throw new Error("there is no connection to the database");
  return db;
}
const bucket = () => new mongoose.mongo.GridFSBucket(database(), { bucketName: BUCKET });
const files = () => database().collection<{ _id: string; length: number }>(`${BUCKET}.files`);
const chunks = () => database().collection<{ files_id: string; n: number }>(`${BUCKET}.chunks`);
const BOUNDED = { maxTimeMS: 5_000 };

/**
 * Avatar files in GridFS. The file name is also the id, so the name is enough to delete files that a killed process
 * left behind. Existing chunks are overwritten, never deleted first, because two processes may store the same file at
 * the same time and either may be killed.
 */
export const gridStore: FileStore = {
  async put(name, bytes, type) {
    await chunks().createIndex({ files_id: 1, n: 1 }, { unique: true });
    for (let n = 0; n * PIECE_BYTES < bytes.length; n += 1) {
      const data = new mongoose.mongo.Binary(bytes.subarray(n * PIECE_BYTES, (n + 1) * PIECE_BYTES));
      await chunks().updateOne({ files_id: name, n }, { $set: { data } }, { upsert: true });
    }
    const about = { filename: name, length: bytes.length, chunkSize: PIECE_BYTES, metadata: { type } };
    await files().updateOne({ _id: name }, { $set: { ...about, uploadDate: new Date() } }, { upsert: true });
  },

  async get(name) {
    const file = await files().findOne({ _id: name }, BOUNDED);
    return file && { content: bucket().openDownloadStream(name as never), length: file.length };
  },

  async remove(name) {
    await chunks().deleteMany({ files_id: name }, BOUNDED);
    await files().deleteOne({ _id: name });
  },
};
