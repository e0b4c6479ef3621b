// What the commands backup and restore have in common.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { config } from "../../src/config/index.js";
import { openDatabase } from "../../src/database/open.js";
import { log } from "../../src/log.js";
import type { Manifest } from "../../src/services/operations/backup/manifest.js";

/** Runs an action with the database of the settings. */
export async function withDatabase<Result>(isForRestore: boolean, act: () => Promise<Result>): Promise<Result> {
  const database = await openDatabase({ uri: config.mongodbUri, dataDir: config.dataDir, log, isForRestore });
  return act().finally(() => database.close());
}

/** Runs an action with an empty embedded database in a temporary folder, which is deleted afterwards. */
export async function withScratchDatabase<Result>(act: () => Promise<Result>): Promise<Result> {
  const dataDir = await mkdtemp(join(tmpdir(), "postern-verify-"));
  try {
    const database = await openDatabase({ uri: undefined, dataDir, log, isForRestore: true });
    return await act().finally(() => database.close());
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Describes what a backup contains, in one sentence. */
export function describeContent({ collections, avatars, createdAt, isSnapshot, postern }: Manifest): string {
  const users = collections.users?.count ?? 0;
  const documents = Object.values(collections).reduce((sum, { count }) => sum + count, 0);
  const moment = isSnapshot ? `as of ${createdAt}` : `read from ${createdAt} on`;
  return `${users} users, ${documents} documents in all, ${avatars.count} files of profile pictures, ${moment}, by Postern ${postern}.`;
}
