import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where the embedded database keeps its things. */
export interface Place {
  /** MongoDB's own files. */
  directory: string;
  socket: string;
  /** Copies of the engine made for an older glibc. */
  copies: string;
}

/** The shortest limit for a socket's path: macOS has 104 bytes with the closing zero, Linux 108. */
const LONGEST_SOCKET_PATH = 103;

/** Lays out a data directory, creating what is missing, closed to everyone else. */
export function preparePlace(dataDir: string): Place {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
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

/** @throws when somebody else has put something there: the socket has no password, its directory is the lock */
function privateDirectory(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  const ours = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !ours) throw new Error(`${path} belongs to somebody else`);
  if ((found.mode & 0o077) !== 0) chmodSync(path, 0o700);
  return path;
}
