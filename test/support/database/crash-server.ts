import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../../src/server.js", import.meta.url));
const ENGINE = /engine\/main\.js/;

type Ending = { code: number | null; signal: NodeJS.Signals | null };

/** The application in its own process. */
export interface Server {
  child: ChildProcess;
  /** Resolves when the process has ended. */
  ended: Promise<Ending>;
}

/** Starts the application and waits until it is ready. Registering logs a user in. The test stops it at its end. */
export async function startServer(settings: {
  DATA_DIR: string;
  PORT: number;
  BCRYPT_COST?: number;
  MONGODB_URI?: string;
}): Promise<Server> {
  const set = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  const env = { ...process.env, EMAIL_CONFIRMATION: "optional", ...set };
  const child = spawn(process.execPath, [PROGRAM], { env, stdio: ["ignore", "pipe", "inherit"] });
  after(() => void child.kill("SIGKILL"));
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal }) as Ending);
  const said: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (line.includes("is ready")) return { child, ended };
    said.push(line);
  }
  throw new Error(`The server did not start: ${said.join("\n")}`);
}

/** Lists the engine processes that have this data directory open, by their command lines. */
export function listEngines(dataDir: string): number[] {
  const all = process.platform === "linux" ? linuxProcesses() : listedProcesses();
  return all.filter(({ args }) => ENGINE.test(args) && args.includes(dataDir)).map(({ pid }) => pid);
}

/** Waits until no engine has the directory open; returns those that still do after five seconds. */
export async function enginesLeft(dataDir: string): Promise<number[]> {
  for (const end = Date.now() + 5_000; Date.now() < end; await sleep(50))
    if (listEngines(dataDir).length === 0) return [];
  return listEngines(dataDir);
}

function linuxProcesses() {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => ({ pid: Number(pid), args: commandLine(pid) }));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // the process has ended
  }
}

function listedProcesses() {
  const { stdout } = spawnSync("ps", ["-A", "-ww", "-o", "pid=,args="], { encoding: "utf8" });
  return stdout.split("\n").map((line) => ({ pid: Number.parseInt(line, 10), args: line }));
}
