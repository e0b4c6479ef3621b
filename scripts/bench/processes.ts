import { type ChildProcess, spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(new URL("../../src/server.js", import.meta.url));
const BARE = fileURLToPath(new URL("bare.js", import.meta.url));
const LOOK_EVERY_MS = 10;
const PATIENCE_MS = 120_000; // also enough on a machine with much other work
const KIB_PER_MB = 1024;

/** A server in its own process. */
export interface Running {
  origin: string;
  stop(): Promise<void>;
  /** Resident memory in MB, if the system reports it. */
  memory(): number | null;
}

type SpawnOptions = { stdio: ["ignore", number, "inherit"]; env: NodeJS.ProcessEnv };

/** Starts the application and waits for its first response at this path. */
export const startApp = (env: Record<string, string>, logFile: string, path?: string): Promise<Running> =>
  start(env, logFile, (options) => spawn(process.execPath, [SERVER], options), path);

/** Like `startApp`, for a process that `create` starts. */
export async function start(
  env: Record<string, string>,
  logFile: string,
  create: (options: SpawnOptions) => ChildProcess,
  path = "/healthz",
): Promise<Running> {
  const port = await freePort();
  const log = openSync(logFile, "a");
  const settings = {
    HOST: "127.0.0.1",
    PORT: String(port),
    APP_NAME: "",
    SESSION_IDLE_MINUTES: "",
    SESSION_ABSOLUTE_HOURS: "",
    EMAIL_CONFIRMATION: "",
    SMTP_URL: "",
    MAIL_FROM: "",
  };
  const child = create({
    stdio: ["ignore", log, "inherit"],
    env: { ...process.env, ...settings, BCRYPT_COST: "", ...env },
  });
  const origin = `http://127.0.0.1:${port}`;
  const running = watched(child, origin);
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await answers(origin + path))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error("The application does not start.");
    await sleep(LOOK_EVERY_MS);
  }
  return running;
}

/** Starts the server with the bare pages. @param pages size of each page in bytes */
export async function startBare(pages: Record<string, number>): Promise<Running> {
  const child = spawn(process.execPath, [BARE, JSON.stringify(pages)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  const port = await new Promise((resolve) => createInterface(child.stdout).once("line", resolve));
  return watched(child, `http://127.0.0.1:${port}`);
}

function watched(child: ChildProcess, origin: string): Running {
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    origin,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      process.off("exit", kill);
    },
    memory: () => residentMemory(findWebProcess(child.pid ?? 0)),
  };
}

/** Returns the id of the process that serves pages: a child of the supervisor. */
function findWebProcess(pid: number): number {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
    return children.find((one) => readFileSync(`/proc/${one}/cmdline`, "utf8").includes("processes/web.js")) ?? pid;
  } catch {
    return pid; // not Linux
  }
}

function residentMemory(pid: number): number | null {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kib) / KIB_PER_MB;
  } catch {
    return null; // not Linux
  }
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => null);
  await response?.arrayBuffer();
  return response?.ok === true;
}

/** Finds a free port on the loopback interface. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
