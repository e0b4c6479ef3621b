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
const chunks = () =>
  database().collection<{ files_id: string; n: number; data: mongoose.mongo.Binary }>(`${BUCKET}.chunks`);
const BOUNDED = { maxTimeMS: 5_000 };
/** Files in one query. */
const AT_ONCE = 100;
/** Chunks in one response of the database, about 8 MB. */
const CHUNKS_AT_ONCE = 32;

const describe = (name: string, bytes: Uint8Array, type: string) => ({
  filename: name,
  length: bytes.length,
  chunkSize: PIECE_BYTES,
  metadata: { type },
  uploadDate: new Date(),
});

function* splitIntoChunks(bytes: Uint8Array) {
  for (let n = 0; n * PIECE_BYTES < bytes.length; n += 1) {
    yield { n, data: new mongoose.mongo.Binary(bytes.subarray(n * PIECE_BYTES, (n + 1) * PIECE_BYTES)) };
  }
}

/**
 * Avatar files in GridFS. The file name is also the id, so the name is enough to delete files that a killed process
 * left behind. Existing chunks are overwritten, never deleted first, because two processes may store the same file at
 * the same time and either may be killed.
 */
export const gridStore: FileStore = {
  async put(name, bytes, type) {
    await chunks().createIndex({ files_id: 1, n: 1 }, { unique: true });
    for (const { n, data } of splitIntoChunks(bytes)) {
      await chunks().updateOne({ files_id: name, n }, { $set: { data } }, { upsert: true });
    }
    await files().updateOne({ _id: name }, { $set: describe(name, bytes, type) }, { upsert: true });
  },

  async get(name) {
    const file = await files().findOne({ _id: name }, BOUNDED);
    return file && { content: bucket().openDownloadStream(name as never), length: file.length };
  },

  async remove(name) {
    await chunks().deleteMany({ files_id: name }, BOUNDED);
    await files().deleteOne({ _id: name });
  },

  async *getMany(names, options = {}) {
    const sorted = [...names].sort();
    for (let from = 0; from < sorted.length; from += AT_ONCE) {
      yield* readSome(sorted.slice(from, from + AT_ONCE), options);
    }
  },

  async putMany(some) {
    await chunks().createIndex({ files_id: 1, n: 1 }, { unique: true });
    const write = { upsert: true } as const;
    const pieces = some.flatMap(({ name, bytes }) => [...splitIntoChunks(bytes)].map((piece) => ({ name, ...piece })));
    await chunks().bulkWrite(
      pieces.map(({ name, n, data }) => ({
        updateOne: { filter: { files_id: name, n }, update: { $set: { data } }, ...write },
      })),
    );
    await files().bulkWrite(
      some.map(({ name, bytes, type }) => ({
        updateOne: { filter: { _id: name }, update: { $set: describe(name, bytes, type) }, ...write },
      })),
    );
  },
};

/** Reads files whose chunks are complete. Others are being stored, or deleted. */
async function* readSome(names: string[], options: object) {
  const known = await files()
    .find({ _id: { $in: names } }, { ...options, projection: { length: 1 } })
    .toArray();
  const lengths = new Map(known.map(({ _id, length }) => [_id, length]));
  const wanted = { files_id: { $in: [...lengths.keys()] } };
  const found = chunks().find(wanted, { ...options, sort: { files_id: 1, n: 1 }, batchSize: CHUNKS_AT_ONCE });
  let [name, pieces]: [string, Buffer[]] = ["", []];
  const finish = () => {
    const bytes = Buffer.concat(pieces);
    return bytes.length === lengths.get(name) ? [{ name, bytes }] : [];
  };
  for await (const { files_id, data } of found) {
    if (files_id !== name) {
      yield* finish();
      [name, pieces] = [files_id, []];
    }
    pieces.push(data.buffer.subarray(0, data.position) as Buffer);
  }
  yield* finish();
}
