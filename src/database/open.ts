import { type ConnectSettings, connectDatabase, disconnect } from "./connect.js";
import { whileIndexesAreBuilt } from "./deadlines.js";
import { type Log, startEmbedded } from "./embedded/index.js";
import { ensureIndexes } from "./indexes.js";

/**
 * An open database. `close` waits for operations in progress, and stops the embedded engine if this process runs it.
 */
export type Database = { close(): Promise<void> };

/**
 * Connects to the database at `uri`, or without one to the embedded database of the data directory. Creates the indexes
 * of all models, unless `isRead` is true.
 * @throws DataDirUnusable, EngineUnavailable, DirectoryLocked, DatabaseDamaged, DatabaseUnreachable, IndexFailed
 */
export async function openDatabase(settings: {
  uri: string | undefined;
  dataDir: string;
  log: Log;
  isRead?: boolean;
  observe?: ConnectSettings["observe"];
}): Promise<Database> {
  const engine = settings.uri ? null : await startEmbedded(settings);
  const close = async () => {
    await disconnect();
    await engine?.stop();
  };
  try {
    await connectDatabase({ uri: settings.uri ?? engine?.uri ?? "", observe: settings.observe });
    if (!settings.isRead) await whileIndexesAreBuilt(ensureIndexes);
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
