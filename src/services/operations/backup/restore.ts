import { isDeepStrictEqual } from "node:util";
import type { AgeKey } from "../../../lib/files/age.js";
import type { FileStore, StoredBytes } from "../../../lib/files/storage.js";
import { gridStore } from "../../../models/avatar/gridfs.js";
import { beginRestore, finishRestore, insertDocuments, isIndexFailure } from "../../../models/backup/write.js";
import { avatarStore } from "../../avatar/storage.js";
import { type BackupReceiver, nowhere, readBackup } from "./check.js";
import { createContentTally, readContent } from "./content.js";
import { BackupRefused, type Manifest } from "./manifest.js";

/** Avatar files that are stored together: at most so many, or so many bytes. */
const FILES_AT_ONCE = 100;
const BYTES_AT_ONCE = 4 * 1024 * 1024;

const contentTypes: Record<string, string> = { webp: "image/webp", jpg: "image/jpeg" };
const getType = (name: string) => contentTypes[name.split(".")[1] ?? ""] ?? "application/octet-stream";

/**
 * Restores a backup into the empty database to which this process is connected. First reads all of it to check it; the
 * database has no part of it before. While it writes, no app starts with the database. If it stops in the middle, it must
 * run again.
 * @param key decrypts it, or null
 * @param isAgain begins again in a database where an earlier restore did not finish
 * @throws BackupRefused, TargetRefused
 */
export async function restoreBackup(file: string, key: AgeKey | null, isAgain = false): Promise<Manifest> {
  const manifest = await checkBackup(file, key);
  await load(file, key, { manifest, isAgain, store: avatarStore });
  return manifest;
}

/** Reads all of a backup without writing anything. @throws BackupRefused */
async function checkBackup(file: string, key: AgeKey | null): Promise<Manifest> {
  try {
    return await readBackup(file, key, nowhere);
  } catch (error) {
    if (error instanceof BackupRefused) error.message += " Nothing was changed.";
    throw error;
  }
}

type Target = { manifest: Manifest; isAgain: boolean; store: FileStore };

async function load(file: string, key: AgeKey | null, { manifest, isAgain, store }: Target): Promise<void> {
  const run = await beginRestore(isAgain);
  const files = collectFiles(store);
  const loaded = await readBackup(file, key, { documents: insertDocuments, avatar: files.add });
  await files.flush();
  if (!isDeepStrictEqual(loaded, manifest)) throw new BackupRefused("The file changed while it was restored.");
  await finishRestore(run);
}

/** Stores files in batches. */
function collectFiles(store: FileStore) {
  let [waiting, bytes]: [(StoredBytes & { type: string })[], number] = [[], 0];
  const flush = async () => {
    const files = waiting;
    [waiting, bytes] = [[], 0];
    if (files.length > 0) await store.putMany(files);
  };
  const add: BackupReceiver["avatar"] = async (name, content) => {
    waiting.push({ name, bytes: content, type: getType(name) });
    bytes += content.length;
    if (waiting.length >= FILES_AT_ONCE || bytes >= BYTES_AT_ONCE) await flush();
  };
  return { add, flush };
}

/** @throws BackupRefused instead of IndexFailed, whose advice is for a database that stays */
function explainTwice(error: unknown): never {
  if (!isIndexFailure(error)) throw error;
  throw new BackupRefused(
    "Two documents of the backup have the same unique value, because they changed while it was made. Make another backup.",
    { cause: error },
  );
}

/**
 * Checks that a backup can be restored: restores it into the empty database to which this process is connected, with all
 * avatars, reads everything back, and compares counts and hashes.
 * @throws BackupRefused
 */
export async function verifyBackup(file: string, key: AgeKey | null): Promise<Manifest> {
  const manifest = await checkBackup(file, key);
  await load(file, key, { manifest, isAgain: false, store: gridStore }).catch(explainTwice);
  const tally = createContentTally();
  for await (const _entry of readContent({}, gridStore, tally)); // counts what it reads
  const { collections, avatars } = tally.read();
  for (const [name, amount] of Object.entries({ ...collections, avatars })) {
    const expected = name === "avatars" ? manifest.avatars : manifest.collections[name];
    if (!isDeepStrictEqual(amount, expected))
      throw new BackupRefused(`The restored ${name} are not those of the backup.`);
  }
  return manifest;
}
