import { access, constants } from "node:fs/promises";
import { listForgotten } from "../../../models/backup/read.js";
import { FORGOTTEN_REMEDY } from "../backup/backup.js";
import { findNewestBackup } from "../backup/retention.js";
import { type DoctorCheck, fail, pass, skip, warn } from "./finding.js";

const HOUR_MS = 3_600_000;
/** A day, and two hours for a backup that is made a little later. */
const WARN_HOURS = 26;
const FAIL_HOURS = 72;
const REMEDY = "Look for back-up in the log of the app, which makes one each day. Then make one now: npm run backup.";

/** Checks the age of the newest backup, and that backups contain all collections. */
export const checkBackups: DoctorCheck = async (settings) => [
  ...(await checkAge(settings)),
  ...(await listForgotten()).map((name) =>
    warn(`No backup contains the collection ${name}`, "A restore would lose its documents.", FORGOTTEN_REMEDY),
  ),
];

const checkAge: DoctorCheck = async ({ backupDir }) => {
  if (!backupDir)
    return [skip("Backups", "BACKUP_DIR is not set. If you make backups in another way, check their age there.")];
  const unreadable = await access(backupDir, constants.R_OK | constants.X_OK).catch(
    (error: NodeJS.ErrnoException) => error,
  );
  if (unreadable)
    return [
      fail(
        `BACKUP_DIR (${backupDir}) cannot be read: ${unreadable.code ?? unreadable.message}`,
        LOSS,
        "Create the folder, and let the user of the app read it.",
      ),
    ];
  const newest = await findNewestBackup(backupDir);
  if (newest === null) return [fail(`There is no backup in ${backupDir}`, LOSS, REMEDY)];
  const hours = Math.floor((Date.now() - newest.at.getTime()) / HOUR_MS);
  const what = `The last backup is ${hours} hours old`;
  if (hours >= FAIL_HOURS) return [fail(what, LOSS, REMEDY)];
  if (hours >= WARN_HOURS) return [warn(what, LOSS, REMEDY)];
  return [pass(what)];
};

const LOSS = "When the disk or the database fails, everything since the last backup is lost.";
