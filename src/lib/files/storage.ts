import type { Readable } from "node:stream";

/** File storage: the database (models/avatar/gridfs.ts) or a bucket (s3.ts). */
export type FileStore = {
  /** Stores a file. A name has only one content, so storing it twice, even concurrently, is safe. */
  put(name: string, bytes: Uint8Array, type: string): Promise<void>;
  get(name: string): Promise<{ content: Readable; length: number } | null>;
  /** Removes a file, if it exists. */
  remove(name: string): Promise<void>;
};

/** Reads a complete file, or returns null. */
export async function readWhole(store: FileStore, name: string): Promise<Buffer | null> {
  const file = await store.get(name);
  return file && Buffer.concat(await file.content.toArray());
}
