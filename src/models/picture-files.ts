import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import mongoose from "mongoose";
import type { FileStore } from "../lib/file-store.js";

const BUCKET = "pictures";

function database() {
  const { db } = mongoose.connection;
  if (!db) throw new Error("there is no connection to the database");
  return db;
}
const bucket = () => new mongoose.mongo.GridFSBucket(database(), { bucketName: BUCKET });
const files = () => database().collection<{ _id: string; length: number }>(`${BUCKET}.files`);
const chunks = () => database().collection<{ files_id: string }>(`${BUCKET}.chunks`);
const BOUNDED = { maxTimeMS: 5_000 };

/**
 * Pictures in the database: GridFS keeps them in pieces. Their names are their ids, so whoever knows the name of a file can remove
 * what a process left of it that was killed while it wrote.
 */
export const gridStore: FileStore = {
  async put(name, bytes, type) {
    await gridStore.remove(name);
    const id = name as never; // any value may be an id, the driver's types know one kind
    await pipeline(Readable.from([bytes]), bucket().openUploadStreamWithId(id, name, { metadata: { type } }));
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
