import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

const EX_CONFIG = 78; // sysexits.h: a restart does not help until the configuration changes
const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

/** The data directory is unusable. The message says why, and how to fix it. */
export class DataDirUnusable extends Error {
  override name = "DataDirUnusable";
  readonly exitCode = EX_CONFIG;
}

const user = () => process.getuid?.() ?? "this user";

const faults: Record<string, (path: string) => string> = {
  denied: (path) =>
    `${path} cannot be read and written by the user ${user()}, who runs the app. Make that user the owner of DATA_DIR and everything in it (for example: chown -R ${user()} DATA_DIR, then chmod -R u+rwX DATA_DIR), or choose another DATA_DIR.`,
  readOnly: (path) =>
    `${path} is on a file system that is read-only. Mount it for writing, or choose another DATA_DIR.`,
  full: (path) => `The disk with ${path} is full. Make room (100 MB or more), then start again.`,
  noDirectory: (path) =>
    `${path} cannot be a directory: a file has that name, or a part of it. Move that file away, or choose another DATA_DIR.`,
  broken: (path) =>
    `${path} cannot be read or written: the disk reports an error. Check the disk, or choose another DATA_DIR.`,
};

const faultNames: Record<string, keyof typeof faults> = {
  EACCES: "denied",
  EPERM: "denied",
  EROFS: "readOnly",
  ENOSPC: "full",
  EDQUOT: "full",
  EFBIG: "full",
  EEXIST: "noDirectory",
  ENOTDIR: "noDirectory",
  EIO: "broken",
};

/** Converts a known file system error to an error with a clear message. Returns other errors unchanged. */
function asDataDirError(error: unknown, path: string): unknown {
  const fault = faults[faultNames[String((error as NodeJS.ErrnoException | null)?.code)] ?? ""];
  return fault ? new DataDirUnusable(fault(path), { cause: error }) : error;
}

/** Reports that the disk with this path is full. @throws DataDirUnusable always */
export function failFull(path: string): never {
  throw new DataDirUnusable(faults.full?.(path));
}

/** Runs an action on this path and explains its file system errors. @throws DataDirUnusable */
export function usingPath<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw asDataDirError(error, path);
  }
}

/** Creates a directory that only this system user can access, unless it exists. @throws DataDirUnusable */
export function makeDirectory(path: string): void {
  usingPath(path, () => mkdirSync(path, { recursive: true, mode: PRIVATE_DIRECTORY }));
}

/**
 * Writes a file that only this system user can access, unless it exists. The file is either complete or missing, even
 * if the process is killed or the disk is full.
 * @throws DataDirUnusable
 */
export function writeFileOnce(path: string, content: string): void {
  const unfinished = `${path}.${process.pid}.${randomBytes(6).toString("hex")}`;
  try {
    usingPath(path, () => {
      writeThrough(unfinished, content);
      publish(unfinished, path);
    });
  } finally {
    rmSync(unfinished, { force: true });
  }
  const directory = openSync(dirname(path), "r"); // makes the name durable, too
  fsyncSync(directory);
  closeSync(directory);
}

function writeThrough(path: string, content: string): void {
  const file = openSync(path, "wx", PRIVATE_FILE);
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Publishes the finished file under its name. A hard link fails if the name is taken; not every file system has links.
 */
function publish(unfinished: string, path: string): void {
  try {
    linkSync(unfinished, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return; // another process was faster
    if (!["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK"].includes(String(code))) throw error;
    renameSync(unfinished, path);
  }
}

/** Checks that files can be written in a directory. @throws DataDirUnusable */
export function tryWriting(directory: string): void {
  const path = join(directory, `.try.${process.pid}.${randomBytes(6).toString("hex")}`);
  try {
    usingPath(directory, () => writeThrough(path, "x".repeat(65_536)));
  } finally {
    rmSync(path, { force: true });
  }
}
