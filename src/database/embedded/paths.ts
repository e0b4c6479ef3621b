import { createHash } from "node:crypto";
import { accessSync, chmodSync, constants, lstatSync, readdirSync, realpathSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { failFull, makeDirectory, tryWriting, usingPath } from "../../lib/files/data-dir.js";

/** Paths of the embedded database. */
export interface DataPaths {
  /** The files of MongoDB itself. */
  directory: string;
  socket: string;
  /** Copies of the engine for an older glibc. */
  copies: string;
}

/** The lowest limit for the path of a socket: 104 bytes on macOS with the final zero byte, 108 on Linux. */
const LONGEST_SOCKET_PATH = 103;

/** Minimum free space. With less, the engine crashes at its next write. */
const LEAST_FREE_BYTES = 16 * 1024 * 1024;

/** Creates the missing directories in a data directory, for this system user only. @throws DataDirUnusable */
export function preparePaths(dataDir: string): DataPaths {
  makeDirectory(dataDir);
  const root = realpathSync(dataDir);
  const directory = privateDirectory(join(root, "mongodb"));
  return { directory, socket: join(socketDirectory(root), "mongodb.sock"), copies: join(root, "engine") };
}

function socketDirectory(root: string): string {
  const own = join(root, "run");
  if (Buffer.byteLength(join(own, "mongodb.sock")) <= LONGEST_SOCKET_PATH) return privateDirectory(own);
  const name = createHash("sha256").update(root).digest("hex").slice(0, 16);
  return privateDirectory(join(tmpdir(), `postern-${name}`));
}

/**
 * Creates a directory for this system user only. The socket has no password, so the directory protects it. @throws
 * Error if another user owns it
 */
function privateDirectory(path: string): string {
  makeDirectory(path);
  const found = lstatSync(path);
  const ours = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !ours) throw new Error(`${path} belongs to another user`);
  if ((found.mode & 0o077) !== 0) usingPath(path, () => chmodSync(path, 0o700));
  return path;
}

/**
 * Checks that the engine can work in a directory. The engine's own errors do not help: it crashes with SIGABRT, or
 * reports that another program has the directory open.
 * @throws DataDirUnusable
 */
export function checkPaths({ directory, socket, copies }: DataPaths): void {
  for (const one of [directory, dirname(socket)]) tryWriting(one);
  checkFiles(directory, constants.R_OK | constants.W_OK);
  checkFiles(copies, constants.R_OK);
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize < LEAST_FREE_BYTES) failFull(directory);
}

/** Checks access to all files in a directory. @throws DataDirUnusable */
function checkFiles(directory: string, mode: number): void {
  for (const file of filesBelow(directory)) {
    usingPath(file, () => {
      try {
        accessSync(file, mode);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error; // the file was deleted since it was listed
      }
    });
  }
}

function filesBelow(directory: string): string[] {
  return usingPath(directory, () => {
    try {
      const found = readdirSync(directory, { recursive: true, withFileTypes: true });
      return found.map(({ parentPath, name }) => join(parentPath, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  });
}
