import { type ChildProcess, spawn } from "node:child_process";
import { createConnection } from "node:net";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Opening, STAYS } from "./engine/opening.js";
import { DatabaseDamaged, EngineUnavailable } from "./errors.js";
import type { DataPaths } from "./paths.js";

/** An engine in use. This process or another one has started it. */
export interface Link {
  /** Process id of the engine; null if another process started it. */
  pid: number | null;
  /** Resolves when the engine has ended, or this process does not use it any more. */
  ended: Promise<void>;
  /** Stops using the engine, which ends if nobody else uses it. The process that started it waits for that. */
  release(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("engine/main.js", import.meta.url));
/** Exit code and signals with which MongoDB ends if its files are damaged. */
const EXIT_ABRUPT = 14;
const CRASHES = ["SIGABRT", "SIGBUS", "SIGSEGV"];
/** Time for the engine to end; it takes up to ten seconds to close. */
const CLOSE_WITHIN_MS = 15_000;

/**
 * Joins the engine that responds on a socket; null if there is none. The connection only shows each side whether the
 * other is alive.
 */
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
 * Starts an engine. Returns null if another engine holds the directory.
 * @param say receives each line that the engine writes to standard error
 * @throws DatabaseDamaged, EngineUnavailable if the engine does not start
 */
export async function startEngine(place: DataPaths, addon: string, say: (line: string) => void): Promise<Link | null> {
  // Detached, because Ctrl-C would otherwise end the database before the application. The engine's stdin ends when this
  // process does; then the engine ends, unless other processes use it.
  const args = [PROGRAM, place.directory, place.socket, addon];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
  const left = new AbortController();
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    left.signal.addEventListener("abort", () => resolve());
  });
  child.stdin.on("error", () => undefined);
  createInterface(child.stderr).on("line", say);
  const lines = createInterface(child.stdout);
  const opening = await firstLine(child, lines);
  if (opening.state === "locked") return null;
  if (opening.state === "crashed") throw new DatabaseDamaged(place.directory);
  if (opening.state === "failed") throw new EngineUnavailable(opening.message);
  letGo(child);
  return { pid: opening.pid, ended, release: () => leave(child, { ended, lines }).then(() => left.abort()) };
}

function firstLine(child: ChildProcess, lines: Interface): Promise<Opening> {
  return new Promise((resolve) => {
    const fail = (message: string) => resolve({ state: "failed", message });
    child.once("error", (error) => fail(error.message));
    child.once("close", (code, signal) => {
      if (code === EXIT_ABRUPT || CRASHES.includes(String(signal))) resolve({ state: "crashed" });
      else fail(`the engine ended at once (${signal ?? `exit code ${code}`})`);
    });
    lines.once("line", (line) => resolve(JSON.parse(line) as Opening));
  });
}

/** Lets this process exit while the engine still runs. */
function letGo(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as { unref?(): void } | null)?.unref?.();
}

async function leave(child: ChildProcess, { ended, lines }: { ended: Promise<void>; lines: Interface }): Promise<void> {
  child.ref();
  const stays = new Promise<void>((resolve) => lines.on("line", (line) => line === STAYS && resolve()));
  const timer = setTimeout(() => child.kill("SIGKILL"), CLOSE_WITHIN_MS);
  child.stdin?.end();
  await Promise.race([ended, stays]);
  clearTimeout(timer);
  child.unref();
}
