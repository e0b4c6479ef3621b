import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type DoctorCheck, fail, pass, skip, warn } from "./finding.js";

const HOUR_MS = 3_600_000;
/** A day, and two hours for a backup that is made a little later. */
const WARN_HOURS = 26;
const FAIL_HOURS = 72;
const REMEDY = "Check the timer or cron job that makes backups, and its output. Then make one now.";

/** Checks the age of the newest backup. */
export const checkBackups: DoctorCheck = async ({ backupDir }) => {
  if (!backupDir)
    return [skip("Backups", "BACKUP_DIR is not set. If you make backups in another way, check their age there.")];
  const newest = await findNewestBackup(backupDir).catch((error: NodeJS.ErrnoException) => error);
  if (newest instanceof Error)
    return [
      fail(
        `BACKUP_DIR (${backupDir}) cannot be read: ${newest.code ?? newest.message}`,
        LOSS,
        "Create the folder, and let the user of the app read it.",
      ),
    ];
  if (newest === null) return [fail(`There is no backup in ${backupDir}`, LOSS, REMEDY)];
  const hours = Math.floor((Date.now() - newest.getTime()) / HOUR_MS);
  const what = `The last backup is ${hours} hours old`;
  if (hours >= FAIL_HOURS) return [fail(what, LOSS, REMEDY)];
  if (hours >= WARN_HOURS) return [warn(what, LOSS, REMEDY)];
  return [pass(what)];
};

const LOSS = "When the disk or the database fails, everything since the last backup is lost.";

/** Returns the time of the newest file in a folder; null if there is none. Hidden and partial files do not count. */
async function findNewestBackup(directory: string): Promise<Date | null> {
  let newest: Date | null = null;
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (/^\.|\.(tmp|part|partial)$/.test(entry.name)) continue;
    const { mtime } = await stat(join(directory, entry.name));
    if (newest === null || mtime > newest) newest = mtime;
  }
  return newest;
}
