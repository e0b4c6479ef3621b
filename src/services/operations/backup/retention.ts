import { existsSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { config } from "../../../config/index.js";

const DAY_MS = 86_400_000;
/** Younger ones stay, because one may have been made by hand before an upgrade, and the daily one follows soon. */
const ALL_KEPT_MS = 2 * DAY_MS;
const DAYS_KEPT = 7;
const WEEKS_KEPT = 4;
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY = 4;
/** A killed process leaves an unfinished file behind. */
const UNFINISHED_KEPT_MS = 1 * DAY_MS;

/** The site in the names of its backups. Without it, sites that share a folder would delete each other's backups. */
const SITE = config.baseUrl.host.replace(/[^\w.-]/g, "_");
const NAME = /^postern-(.+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.tar\.gz(\.age)?$/;
const isOwn = (name: string) => NAME.exec(name)?.[1] === SITE;

/** A finished backup in a folder. */
export type StoredBackup = { file: string; at: Date; bytes: number };

/** Returns the name of a backup that is made at this time. @param site host and port, in characters of file names */
export const createFileName = (isEncrypted: boolean, now = new Date(), site = SITE): string =>
  `postern-${site}-${now.toISOString().replace(/[-:]|\.\d+/g, "")}.tar.gz${isEncrypted ? ".age" : ""}`;

function parseTime(name: string): number {
  const [, , ...parts] = NAME.exec(name) ?? [];
  const [year = 0, month = 1, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(0, 6).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * Returns the names of the backups of this site that are not needed any more. Keeps all of the last 48 hours, and the newest one of
 * each of the last 7 days, and of each of the last 4 weeks, that have one.
 */
export function selectExpired(names: string[], now = new Date()): string[] {
  const newestFirst = names.filter(isOwn).sort((one, other) => parseTime(other) - parseTime(one));
  const getDay = (name: string) => Math.floor(parseTime(name) / DAY_MS);
  const getWeek = (name: string) => Math.floor((getDay(name) - FIRST_MONDAY) / 7);
  const kept = new Set([
    ...newestFirst.filter((name) => parseTime(name) > now.getTime() - ALL_KEPT_MS),
    ...pickNewest(newestFirst, getDay).slice(0, DAYS_KEPT),
    ...pickNewest(newestFirst, getWeek).slice(0, WEEKS_KEPT),
  ]);
  return newestFirst.filter((name) => !kept.has(name));
}

const pickNewest = (newestFirst: string[], getPeriod: (name: string) => number) =>
  newestFirst.filter((name, n) => n === 0 || getPeriod(name) !== getPeriod(newestFirst[n - 1] ?? ""));

/** Deletes old backups, and files of backups that were not finished. Other files stay. Returns the names. */
export async function dropOldBackups(folder: string, now = new Date()): Promise<string[]> {
  const names = await readdir(folder);
  const dropped = selectExpired(names, now);
  for (const name of names.filter((one) => isOwn(one.replace(/\.\d+\.partial$/, "")) && one.endsWith(".partial"))) {
    const age = now.getTime() - (await stat(join(folder, name))).mtimeMs;
    if (age > UNFINISHED_KEPT_MS) dropped.push(name);
  }
  for (const name of dropped) await rm(join(folder, name), { force: true });
  return dropped;
}

/** Returns this site's newest finished backup in a folder; null if there is none. */
export async function findNewestBackup(folder: string): Promise<StoredBackup | null> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  const name = names
    .filter(isOwn)
    .sort((one, other) => parseTime(one) - parseTime(other))
    .at(-1);
  if (name === undefined) return null;
  const file = join(folder, name);
  return { file, at: new Date(parseTime(name)), bytes: (await stat(file)).size };
}
