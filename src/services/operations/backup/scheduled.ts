import { join } from "node:path";
import { config } from "../../../config/index.js";
import type { Stop } from "../../../lib/async/until-done.js";
import { log } from "../../../log.js";
import { writeBackup } from "./backup.js";
import { createFileName, dropOldBackups, findNewestBackup, type StoredBackup } from "./retention.js";

const LOOK_EVERY_MS = 1_000;
const STOPPED = "The backup was stopped: the app stops, or it took longer than a job may. See docs/operations.md.";

/** How the backups of this installation are encrypted: for BACKUP_RECIPIENT, or not at all. */
export const backupLock = config.backupRecipients.length > 0 ? { recipients: config.backupRecipients } : null;

/** Returns true if the app makes backups itself. */
export const hasScheduledBackups = (): boolean => config.backupDir !== undefined;

/**
 * Lists the recurring jobs that this installation does not run, and that do not count as late: without BACKUP_DIR, the
 * job is that of another instance, or is left from an earlier setting.
 */
export const listJobsOfOthers = (): string[] => (hasScheduledBackups() ? [] : ["back-up"]);

/** Returns the newest backup in BACKUP_DIR; null if there is none, or if BACKUP_DIR is not set. */
export const findLastBackup = async (): Promise<StoredBackup | null> =>
  config.backupDir === undefined ? null : findNewestBackup(config.backupDir);

/** Makes a backup in BACKUP_DIR, then deletes old ones. @throws Error if `stop` ends it early; nothing is left then */
export async function makeScheduledBackup(stop?: Stop): Promise<void> {
  if (config.backupDir === undefined) return;
  const beganAt = performance.now();
  const file = join(config.backupDir, createFileName(backupLock !== null));
  const stopping = new AbortController();
  const look = () => stop?.aborted && stopping.abort();
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  try {
    const { bytes, manifest, forgotten } = await writeBackup(file, backupLock, stopping.signal);
    const dropped = await dropOldBackups(config.backupDir);
    const ms = Math.round(performance.now() - beganAt);
    const users = manifest.collections.users?.count;
    log.info({ event: "backup.done", file, bytes, users, dropped: dropped.length, ms }, "backup.done");
    if (forgotten.length > 0) log.warn({ event: "backup.incomplete", forgotten }, "backup.incomplete");
  } catch (error) {
    throw stopping.signal.aborted ? new Error(STOPPED) : error;
  } finally {
    clearInterval(timer);
  }
}
