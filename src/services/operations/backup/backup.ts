import { existsSync } from "node:fs";
import { writeFile as fillFile, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type AgeLock, encryptStream } from "../../../lib/files/age.js";
import { type ArchiveEntry, writeArchive } from "../../../lib/files/archive.js";
import { makeDirectory } from "../../../lib/files/data-dir.js";
import { beginSnapshot, isSnapshotGone, listForgotten, type Snapshot } from "../../../models/backup/read.js";
import { avatarStore } from "../../avatar/storage.js";
import { createContentTally, HEADER, MANIFEST, readContent, SIGNATURE } from "./content.js";
import { createHeader, type Manifest, signManifest } from "./manifest.js";

/** A finished backup. `forgotten` names the collections that it lacks, though nobody has decided so. */
export type Backup = { file: string; bytes: number; manifest: Manifest; forgotten: string[] };

/** What to do about collections that no backup contains. */
export const FORGOTTEN_REMEDY =
  "Add each collection to src/models/backup/collections.ts, as part of a backup or with the reason why it is none.";

/** Higher levels take much more time for little. */
const ZIP_LEVEL = 4;

const toJson = (value: object) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

/**
 * Writes a backup of the database and of all avatars into a file that only this system user can read, while the app runs.
 * The file gets its name when it is complete and on disk.
 * @param lock encrypts it, or null
 * @throws Error if the file exists, cannot be written, or `signal` aborts
 */
export async function writeBackup(file: string, lock: AgeLock | null, signal?: AbortSignal): Promise<Backup> {
  if (existsSync(file)) throw new Error(`${file} exists already. Nothing was changed.`);
  makeDirectory(dirname(file));
  const unfinished = `${file}.${process.pid}.partial`;
  try {
    const manifest = await writeContent(unfinished, lock, signal);
    await rename(unfinished, file);
    await syncDirectory(dirname(file));
    return { file, bytes: (await stat(file)).size, manifest, forgotten: await listForgotten() };
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** Writes everything as of one moment if the database can do that for long enough; otherwise as it is read. */
async function writeContent(file: string, lock: AgeLock | null, signal?: AbortSignal): Promise<Manifest> {
  const snapshot = await beginSnapshot();
  try {
    return await writeFile(file, snapshot, lock, signal);
  } catch (error) {
    if (!snapshot.session || !isSnapshotGone(error)) throw error;
    return await writeFile(file, {}, lock, signal);
  } finally {
    await snapshot.session?.endSession();
  }
}

async function writeFile(file: string, snapshot: Snapshot, lock: AgeLock | null, signal?: AbortSignal) {
  const { entries, getManifest } = listEntries(snapshot);
  const out = await open(file, "w", 0o600);
  try {
    const lockedBy = (plain: AsyncIterable<Uint8Array>) => (lock ? encryptStream(plain, lock) : plain);
    const write = (content: AsyncIterable<Uint8Array>) => fillFile(out, content);
    const zip = createGzip({ level: ZIP_LEVEL, chunkSize: 64 * 1024 });
    await pipeline(writeArchive(entries), zip, lockedBy, write, { signal });
    await out.sync();
  } finally {
    await out.close();
  }
  return getManifest();
}

/** Lists the files of a backup: the header, the content, the manifest and its signature. */
function listEntries(snapshot: Snapshot) {
  const header = createHeader(snapshot.session !== undefined);
  const tally = createContentTally();
  const getManifest = (): Manifest => ({ ...header, ...tally.read() });
  async function* list(): AsyncGenerator<ArchiveEntry> {
    yield { name: HEADER, bytes: toJson(header) };
    yield* readContent(snapshot, avatarStore, tally);
    const manifest = toJson(getManifest());
    yield { name: MANIFEST, bytes: manifest };
    yield { name: SIGNATURE, bytes: Buffer.from(signManifest(manifest)) };
  }
  return { entries: list(), getManifest };
}

/** Makes the new name durable, too. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  await directory.sync();
  await directory.close();
}
