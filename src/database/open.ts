import { type ConnectSettings, connectDatabase, disconnect } from "./connect.js";
import { whileIndexesAreBuilt } from "./deadlines.js";
import { type Log, startEmbedded } from "./embedded/index.js";
import { ensureIndexes } from "./indexes.js";
import { assertRestored } from "./restore-marker.js";

/**
 * An open database. `close` waits for operations in progress, and stops the embedded engine if this process runs it.
 */
export type Database = { close(): Promise<void> };

/** Makes the data ready for this version of the app: creates the indexes of all models. @throws IndexFailed */
export const prepareData = (): Promise<void> => whileIndexesAreBuilt(ensureIndexes);

/**
 * Connects to the database at `uri`, or without one to the embedded database of the data directory, and prepares its data,
 * unless `isRead` is true.
 * @param settings.isForRestore leaves the data as they are, even if a restore has not finished
 * @throws DataDirUnusable, EngineUnavailable, DirectoryLocked, DatabaseDamaged, DatabaseUnreachable, IndexFailed,
 * RestoreUnfinished
 */
export async function openDatabase(settings: {
  uri: string | undefined;
  dataDir: string;
  log: Log;
  isRead?: boolean;
  isForRestore?: boolean;
  observe?: ConnectSettings["observe"];
}): Promise<Database> {
  const engine = settings.uri ? null : await startEmbedded(settings);
  const close = async () => {
    await disconnect();
    await engine?.stop();
  };
  try {
    await connectDatabase({ uri: settings.uri ?? engine?.uri ?? "", observe: settings.observe });
    if (settings.isForRestore) return { close };
    await assertRestored();
    if (!settings.isRead) await prepareData();
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
