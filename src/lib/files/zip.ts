import { once } from "node:events";
import { Readable } from "node:stream";
import type { ZipFile } from "yazl";
import { loadLater } from "../load-later.js";

const zips = loadLater<typeof import("yazl")>("yazl");

/** A file of a ZIP archive. Its content is read only when the archive reaches it. */
export type ZipEntry = { path: string; at: Date; content: Iterable<string> | AsyncIterable<string | Uint8Array> };

/**
 * Creates a ZIP archive as a stream. It reads its files one after another, so memory use does not grow with its size.
 */
export function createZip(entries: AsyncIterable<ZipEntry>): Readable {
  const zip = new (zips().ZipFile)();
  const output = zip.outputStream as Readable;
  const fail = (error: unknown) => output.destroy(error as Error);
  zip.on("error", fail);
  fill(zip, output, entries).catch(fail);
  return output;
}

async function fill(zip: ZipFile, output: Readable, entries: AsyncIterable<ZipEntry>): Promise<void> {
  const stopped = once(output, "close").then(() => Promise.reject(new Error("the reader of the ZIP has stopped")));
  stopped.catch(() => undefined);
  for await (const { path, at, content } of entries) {
    const file = Readable.from(content);
    zip.addReadStreamLazy(path, { mtime: at, mode: 0o100644 }, (begin) => begin(null, file));
    await Promise.race([once(file, "close"), stopped]);
  }
  zip.end();
}
