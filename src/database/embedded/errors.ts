/** Advice for a user whose engine cannot run. */
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

/** The engine crashes when it opens or reads its files. */
export class DatabaseDamaged extends Error {
  override name = "DatabaseDamaged";
  constructor(directory: string) {
    super(
      `The database in ${directory} is damaged, or another version wrote it. Restore DATA_DIR from a backup (docs/operations.md). Without a backup, move ${directory} away: the next start begins with an empty database.`,
    );
  }
}
