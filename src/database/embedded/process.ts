import { type ChildProcess, spawn } from "node:child_process";
import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { DatabaseDamaged, EngineUnavailable } from "../errors.js";
import type { Opening } from "./engine/opening.js";
import type { DataPaths } from "./paths.js";

/** An engine in use, started by this process or by another. */
export interface Link {
  /** The engine's process, where this process started it. */
  pid: number | null;
  /** Settles when the engine has gone. */
  ended: Promise<void>;
  /** Ends our use of it: an engine of our own is closed, another's is left alone. */
  release(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("engine/main.js", import.meta.url));
/** How MongoDB ends when it finds its files damaged, and how when it only just noticed. */
const EXIT_ABRUPT = 14;
const CRASHES = ["SIGABRT", "SIGBUS", "SIGSEGV"];
/** The engine gives itself ten seconds to close. */
const CLOSE_WITHIN_MS = 15_000;

/** Joins the engine that answers on a socket; null when none does. The connection only watches whether it is there. */
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
 * Starts an engine of our own; null when another holds the directory.
 * @param say receives what the engine writes to its standard error, line by line
 * @throws DatabaseDamaged, EngineUnavailable when it does not start
 */
export async function startEngine(place: DataPaths, addon: string, say: (line: string) => void): Promise<Link | null> {
  // Detached, or Ctrl-C would end the database before the application. Its stdin is the pipe by whose end it
  // learns that we have gone.
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
