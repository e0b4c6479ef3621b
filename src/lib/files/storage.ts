import type { Readable } from "node:stream";

/** File storage: the database (models/avatar/gridfs.ts) or a bucket (s3.ts). */
export type FileStore = {
  /** Stores a file. A name always stands for the same content, so it is safe to store it twice, even concurrently. */
  put(name: string, bytes: Uint8Array, type: string): Promise<void>;
  get(name: string): Promise<{ content: Readable; length: number } | null>;
  /** Removes the file if it exists. */
  remove(name: string): Promise<void>;
  /** Reads those of the files that exist, in the order of their names, one at a time. @param options of the storage */
  getMany(names: string[], options?: object): AsyncIterable<StoredBytes>;
  /** Stores some files, with less work for each than `put`. */
  putMany(files: (StoredBytes & { type: string })[]): Promise<void>;
};

/** A file and its name. */
export type StoredBytes = { name: string; bytes: Buffer };

/** Reads a complete file, or returns null. */
export async function readWhole(store: FileStore, name: string): Promise<Buffer | null> {
  const file = await store.get(name);
  return file && Buffer.concat(await file.content.toArray());
}
