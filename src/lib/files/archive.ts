import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Pack, pack } from "tar-stream";

/** A file in an archive. */
export type ArchiveEntry = { name: string; bytes: Buffer };

/** The largest file that is read. Each is in memory as a whole. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Writes files into a tar archive, one at a time, as fast as it is read. */
export async function* writeArchive(entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Uint8Array> {
  const archive = pack();
  const finished = (async () => {
    for await (const { name, bytes } of entries) await addFile(archive, name, bytes);
    archive.finalize();
  })().catch((error: Error) => archive.destroy(error));
  yield* archive as AsyncIterable<Uint8Array>;
  await finished;
}

function addFile(archive: Pack, name: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    // Without a reader, the archive is closed and does not answer any more.
    const close = () => reject(new Error("the archive was closed"));
    archive.once("close", close);
    archive.entry({ name, size: bytes.length, mode: 0o600 }, bytes, (error) => {
      archive.off("close", close);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Reads the files of a tar archive, one at a time. @throws Error if it is damaged or has something other than files */
export async function* readArchive(content: AsyncIterable<Uint8Array>): AsyncGenerator<ArchiveEntry> {
  const archive = extract();
  pipeline(Readable.from(content), archive as unknown as NodeJS.WritableStream).catch(() => undefined); // the loop below throws the same error
  for await (const entry of archive) {
    const { type, size, name } = entry.header;
    if (type !== "file" || size > MOST_BYTES) throw new Error(`it contains ${name}, a ${type} of ${size} bytes`);
    const pieces: Buffer[] = [];
    for await (const piece of entry as AsyncIterable<Buffer>) pieces.push(piece);
    yield { name, bytes: Buffer.concat(pieces) };
  }
}
