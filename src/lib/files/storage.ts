import type { Readable } from "node:stream";

/** File storage: the database (models/avatar/gridfs.ts) or a bucket (s3.ts). */
export type FileStore = {
  /** Stores a file. A name always stands for the same content, so it is safe to store it twice, even concurrently. */
  put(name: string, bytes: Uint8Array, type: string): Promise<void>;
  get(name: string): Promise<{ content: Readable; length: number } | null>;
  /** Removes the file if it exists. */
  remove(name: string): Promise<void>;
};

/** Reads a complete file, or returns null. */
export async function readWhole(store: FileStore, name: string): Promise<Buffer | null> {
  const file = await store.get(name);
  return file && Buffer.concat(await file.content.toArray());
}
