import { type ChildProcess, spawn } from "node:child_process";
import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { DatabaseDamaged, EngineUnavailable } from "../errors.js";
import type { Opening } from "./engine/opening.js";
import type { DataPaths } from "./paths.js";

/** An engine in use, started by this process or by another. */
export interface Link {
  /** Process id of the engine, if this process started it. */
  pid: number | null;
  /** Resolves when the engine has ended. */
  ended: Promise<void>;
  /** Stops using it: closes an engine of this process, and leaves another process's engine alone. */
  release(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("engine/main.js", import.meta.url));
/** Exit code and signals of MongoDB when it finds its files damaged. */
const EXIT_ABRUPT = 14;
const CRASHES = ["SIGABRT", "SIGBUS", "SIGSEGV"];
/** The engine allows itself ten seconds to close. */
const CLOSE_WITHIN_MS = 15_000;

/** Joins the engine that answers on a socket; null if none does. The connection only shows whether it is alive. */
export function joinEngine(socketPath: string): Promise<Link | null> {
  return new Promise((resolve) => {
    const watch = createConnection(socketPath);
    const ended = new Promise<void>((end) => watch.once("close", () => end()));
    watch.once("error", () => resolve(null));
    watch.once("connect", () => {
      watch.resume().unref();
      resolve({ pid: null, ended, release: async () => void watch.destroy() });
    });
  });
}

/**
 * Starts an engine; null if another one holds the directory.
 * @param say receives each line that the engine writes to standard error
 * @throws DatabaseDamaged, EngineUnavailable if it does not start
 */
export async function startEngine(place: DataPaths, addon: string, say: (line: string) => void): Promise<Link | null> {
  // Detached, because Ctrl-C would otherwise end the database before the application. When this process ends, the
  // engine notices the end of its stdin.
  const args = [PROGRAM, place.directory, place.socket, addon];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.stdin.on("error", () => undefined);
  createInterface(child.stderr).on("line", say);
  const opening = await firstLine(child);
  if (opening.state === "locked") return null;
  if (opening.state === "crashed") throw new DatabaseDamaged(place.directory);
  if (opening.state === "failed") throw new EngineUnavailable(opening.message);
  letGo(child);
  return { pid: opening.pid, ended, release: () => close(child, ended) };
}

function firstLine(child: ChildProcess): Promise<Opening> {
  return new Promise((resolve) => {
    const fail = (message: string) => resolve({ state: "failed", message });
    child.once("error", (error) => fail(error.message));
    child.once("close", (code, signal) => {
      if (code === EXIT_ABRUPT || CRASHES.includes(String(signal))) resolve({ state: "crashed" });
      else fail(`the engine ended at once (${signal ?? `exit code ${code}`})`);
    });
    if (child.stdout) createInterface(child.stdout).once("line", (line) => resolve(JSON.parse(line) as Opening));
  });
}

/** Lets this process end while the engine runs. */
function letGo(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as { unref?(): void } | null)?.unref?.();
}

async function close(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.ref();
  const timer = setTimeout(() => child.kill("SIGKILL"), CLOSE_WITHIN_MS);
  child.stdin?.end();
  await ended;
  clearTimeout(timer);
}
