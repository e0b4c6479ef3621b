import { statfs } from "node:fs/promises";
import { type DoctorCheck, type Finding, fail, pass, skip, warn } from "./finding.js";

const GIGABYTE = 1024 ** 3;
/** Free space, in bytes. */
const LIMITS = { warn: 5 * GIGABYTE, fail: 1 * GIGABYTE };
/** On a small disk, less is enough. */
const SHARE = 1 / 10;

/** Checks the free space of DATA_DIR and BACKUP_DIR. */
export const checkDisk: DoctorCheck = ({ dataDir, backupDir }) => {
  const places = { DATA_DIR: dataDir, ...(backupDir && { BACKUP_DIR: backupDir }) };
  return Promise.all(Object.entries(places).map(([name, directory]) => judgeSpace(name, directory)));
};

/** @param limits free space, in bytes */
export async function judgeSpace(name: string, directory: string, limits = LIMITS): Promise<Finding> {
  const found = await statfs(directory).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) return skip(`The disk of ${name}`, `${directory} cannot be read: ${found.code}.`);
  const free = found.bavail * found.bsize;
  const share = free / (found.blocks * found.bsize);
  const what = `${(free / GIGABYTE).toFixed(1)} GB are free for ${name} (${Math.floor(share * 100)} %)`;
  const why = "When the disk is full, the database stops, or backups are incomplete.";
  const remedy = `Delete what is no longer needed on the disk of ${directory}, such as old backups and logs, or use a larger one.`;
  if (free < limits.fail) return fail(what, why, remedy);
  if (free < limits.warn && share < SHARE) return warn(what, why, remedy);
  return pass(what);
}
