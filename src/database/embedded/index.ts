import { setTimeout as sleep } from "node:timers/promises";
import { DirectoryLocked } from "./errors.js";
import { checkPaths, type DataPaths, preparePaths } from "./paths.js";
import { detectPlatform, findEngineAddon, type Platform } from "./platform.js";
import { joinEngine, type Link, startEngine } from "./process.js";

/** The logger that the embedded database needs, such as a pino logger. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface EmbeddedOptions {
  /** The application's data directory; the database uses `mongodb/`, `run/` and `engine/` in it. */
  dataDir: string;
  log: Log;
  /** Time to wait for a directory that is in use while its engine does not respond, in milliseconds. */
  patienceMs?: number;
  platform?: Platform;
  /** The folder for copies of the engine for an older glibc, if not in the data directory. */
  copies?: string;
}

/** The embedded database, as this process uses it. */
export interface Embedded {
  /** Address for `connectDatabase`. It stays the same when the engine restarts. */
  uri: string;
  /** Process id of the engine; null if another process of the application started it. */
  readonly pid: number | null;
  /** Stops using the database. The engine ends when no process uses it any more. */
  stop(): Promise<void>;
}

const PATIENCE_MS = 20_000;
const RETRY_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** If an engine ends after a longer time than this, the restart does not count as one in a series of failures. */
const STEADY_MS = 5_000;
/** Interval at which drivers look for the engine during a restart; their default is half a second. */
const LOOK_EVERY_MS = 50;

/**
 * Opens the embedded database of a data directory. Joins the engine that already serves it, or starts one as a child
 * process. The engine runs until the last process that uses it has ended. If it crashes, one of them starts the next one.
 * @throws EngineUnavailable if the engine cannot run
 * @throws DataDirUnusable, DatabaseDamaged if it cannot use the directory
 * @throws DirectoryLocked if another program has the directory open
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const stopping = new AbortController();
  const use: Use = { ...options, place: preparePaths(options.dataDir), signal: stopping.signal };
  const held = { link: await attach(use) };
  const keeping = keep(held, use);
  return {
    uri: getUri(use.place),
    get pid() {
      return held.link.pid;
    },
    async stop() {
      stopping.abort();
      await held.link.release();
      await keeping;
    },
  };
}

interface Use extends EmbeddedOptions {
  place: DataPaths;
  signal: AbortSignal;
}

/** Returns the address of the engine of a data directory, with the options that drivers need. */
export function getUri({ socket }: DataPaths): string {
  const options = `directConnection=true&w=1&journal=true&serverMonitoringMode=poll&minHeartbeatFrequencyMS=${LOOK_EVERY_MS}`;
  return `mongodb://${encodeURIComponent(socket)}/postern?${options}`;
}

async function attach({ place, log, signal, ...options }: Use): Promise<Link> {
  const say = (line: string) => log.warn({ line }, "database engine");
  const deadline = Date.now() + (options.patienceMs ?? PATIENCE_MS);
  do {
    const joined = await joinEngine(place.socket);
    if (joined) return joined;
    checkPaths(place);
    const addon = findEngineAddon(options.platform ?? detectPlatform(), options.copies ?? place.copies);
    const started = await startEngine(place, addon, say);
    if (started) return started;
    await sleep(RETRY_MS); // another process is opening or closing the directory
  } while (Date.now() < deadline && !signal.aborted);
  throw new DirectoryLocked(place.directory);
}

/** Replaces the engine each time it has ended, until `use` is stopped. */
async function keep(held: { link: Link }, use: Use): Promise<void> {
  for (let pauseMs = 0; ; ) {
    const since = Date.now();
    await held.link.ended;
    if (use.signal.aborted) return;
    pauseMs = Date.now() - since > STEADY_MS ? 0 : longer(pauseMs);
    use.log.warn({ pid: held.link.pid }, "the database engine has stopped; starting it again");
    const startersTurnMs = held.link.pid === null ? RETRY_MS : 0;
    const next = await attachAgain(use, pauseMs + startersTurnMs);
    if (!next) return;
    held.link = next;
  }
}

/** Retries until an engine is running. Returns null if `use` is stopped in the meantime. */
async function attachAgain(use: Use, firstPauseMs: number): Promise<Link | null> {
  for (let pauseMs = firstPauseMs; ; pauseMs = longer(pauseMs)) {
    await sleep(pauseMs, undefined, { signal: use.signal, ref: false }).catch(() => undefined);
    if (use.signal.aborted) return null;
    try {
      const link = await attach(use);
      if (!use.signal.aborted) return link;
      await link.release();
    } catch (error) {
      if (!use.signal.aborted) use.log.error({ err: error }, "the database engine does not start");
    }
  }
}

function longer(pauseMs: number): number {
  return Math.min(Math.max(pauseMs * 2, RETRY_MS), LONGEST_PAUSE_MS);
}
