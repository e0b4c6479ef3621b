/** What to do without the engine, in one sentence. */
const WAY_OUT =
  "Use a MongoDB instead: set MONGODB_URI (for example: `docker compose up -d mongo`, then MONGODB_URI=mongodb://127.0.0.1:27017/postern).";

/** The embedded engine cannot run on this machine. */
export class EngineUnavailable extends Error {
  override name = "EngineUnavailable";
  /** @param reason completes the sentence "The embedded database cannot run here: …" */
  constructor(reason: string, options?: ErrorOptions) {
    super(`The embedded database cannot run here: ${reason}. ${WAY_OUT}`, options);
  }
}

/** Another program holds the data directory and cannot be joined. */
export class DirectoryLocked extends Error {
  override name = "DirectoryLocked";
  constructor(directory: string) {
    super(
      `Another program has ${directory} open and does not answer. Stop that program, or choose another DATA_DIR. ${WAY_OUT}`,
    );
  }
}

/** The engine ends when it opens or reads its files. */
export class DatabaseDamaged extends Error {
  override name = "DatabaseDamaged";
  constructor(directory: string) {
    super(
      `The database in ${directory} is damaged, or another version wrote it. Restore DATA_DIR from a backup (docs/operations.md). Without a backup, move ${directory} away: the next start begins with an empty database.`,
    );
  }
}

/** No database answers at the address given. */
export class DatabaseUnreachable extends Error {
  override name = "DatabaseUnreachable";
}

/** An index that the application relies on could not be built. */
export class IndexFailed extends Error {
  override name = "IndexFailed";
}

/** MongoDB's code for a write that a unique index refused. */
const DUPLICATE_KEY = 11000;

/**
 * Whether a unique index refused a write.
 * @param field only if the refusing index covers this field
 */
export function isDuplicate(error: unknown, field?: string): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, keyPattern } = error as { code?: unknown; keyPattern?: object };
  return code === DUPLICATE_KEY && (field === undefined || Object.hasOwn(keyPattern ?? {}, field));
}

const UNAVAILABLE = new Set([
  "DatabaseUnreachable",
  "MongoNetworkError",
  "MongoNetworkTimeoutError",
  "MongoNotConnectedError",
  "MongoPoolClearedError",
  "MongoServerSelectionError",
  "MongoTopologyClosedError",
  "MongoWaitQueueTimeoutError",
  "MongooseServerSelectionError",
]);
const MAX_TIME_EXPIRED = 50;
/** The driver passes these on as they are when the server goes in the very moment of a write. */
const BROKEN_CONNECTION = ["EPIPE", "ECONNRESET"];

/** Whether an operation failed because the database was away or too busy, so that it may succeed when tried again. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return UNAVAILABLE.has(error.name) || code === MAX_TIME_EXPIRED || BROKEN_CONNECTION.includes(String(code));
}
