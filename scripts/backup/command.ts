// What the commands backup and restore have in common.
import { config } from "../../src/config/index.js";
import { openDatabase } from "../../src/database/open.js";
import { log } from "../../src/log.js";
import type { Manifest } from "../../src/services/operations/backup/manifest.js";

/** Runs an action with the database of the settings. */
export async function withDatabase<Result>(isForRestore: boolean, act: () => Promise<Result>): Promise<Result> {
  const database = await openDatabase({ uri: config.mongodbUri, dataDir: config.dataDir, log, isForRestore });
  return act().finally(() => database.close());
}

/** Describes what a backup contains, in one sentence. */
export function describeContent({ collections, avatars, createdAt, isSnapshot, postern }: Manifest): string {
  const users = collections.users?.count ?? 0;
  const documents = Object.values(collections).reduce((sum, { count }) => sum + count, 0);
  const moment = isSnapshot ? `as of ${createdAt}` : `read from ${createdAt} on`;
  return `${users} users, ${documents} documents in all, ${avatars.count} files of profile pictures, ${moment}, by Postern ${postern}.`;
}
