import type { Readable } from "node:stream";

/** A place for files: the database (models/avatar/gridfs.ts) or a bucket (s3.ts). */
export type FileStore = {
  /** Stores a file. A name stands for one content: stored twice, also at once, it is there once. */
  put(name: string, bytes: Uint8Array, type: string): Promise<void>;
  get(name: string): Promise<{ content: Readable; length: number } | null>;
  /** Removes a file; it may be gone already. */
  remove(name: string): Promise<void>;
};

/** A file as a whole, or null. */
export async function readWhole(store: FileStore, name: string): Promise<Buffer | null> {
  const file = await store.get(name);
  return file && Buffer.concat(await file.content.toArray());
}
