import { createHmac } from "node:crypto";
import { channel } from "node:diagnostics_channel";
import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import { createFairQueue } from "../async/fair-queue.js";
import { Overloaded } from "../async/overloaded.js";
import { getRequester } from "../async/requester.js";
import type { HashingTask } from "./worker.js";

export { Overloaded };

export type PasswordSettings = {
  /** Server secret that is mixed into every hash. Without it, nobody can guess passwords from stolen hashes. */
  pepper: string;
  /** bcrypt cost of new hashes. Each step doubles the time. */
  cost: number;
  /** Number of hashing threads; defaults to the number of cores. */
  threads?: number;
  /** Maximum number of waiting tasks; defaults to 50 per thread, about 12 seconds of waiting at cost 12. */
  maxQueue?: number;
};

export type PasswordCheck = {
  /** True if the password matches the hash. */
  ok: boolean;
  /** True if it matches, but the hash has an older format or a lower cost. The password should then be hashed again. */
  stale: boolean;
};

/** Maximum length in code points. Longer passwords are refused before hashing. */
export const LONGEST_PASSWORD = 256;

const VERSION = "v1";
const STORED = /^v1(\$2b\$(\d\d)\$[./A-Za-z0-9]{53})$/;
const HASHES_WAITING_PER_THREAD = 50;
const MEGABYTES_PER_THREAD = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };
const tasks = channel("passwords:task");

type Gate = {
  pepper: string;
  cost: number;
  queue: ReturnType<typeof createFairQueue>;
  threads: Piscina;
  /** Resolves when every thread has loaded bcrypt. The process would crash if a thread ended while loading it. */
  loaded: Promise<unknown>;
};
let gate: Gate | undefined;

/**
 * Starts the hashing threads when the process starts. A second call finishes the work in progress and applies the new
 * settings.
 */
export function configurePasswords(settings: PasswordSettings): void {
  const { pepper, cost, threads = availableParallelism() } = settings;
  void closePasswords();
  const pool = new Piscina({
    filename: new URL("./worker.js", import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    resourceLimits: MEGABYTES_PER_THREAD,
    recordTiming: false,
  });
  gate = {
    pepper,
    cost,
    queue: createFairQueue({ atOnce: threads, mostWaiting: settings.maxQueue ?? threads * HASHES_WAITING_PER_THREAD }),
    threads: pool,
    loaded: Promise.allSettled(Array.from({ length: threads }, () => pool.run(firstTask))),
  };
}

/** Finishes the work in progress and ends the threads. */
export async function closePasswords(): Promise<void> {
  const closing = gate;
  gate = undefined;
  await closing?.loaded;
  await closing?.queue.idle();
  await closing?.threads.close();
}

/**
 * Hashes a password for storage.
 * @throws RangeError if the password is malformed or too long
 * @throws Overloaded if too many tasks wait
 */
export async function hash(password: string): Promise<string> {
  if (!isHashable(password)) throw new RangeError("A password is well-formed text of at most 256 code points");
  const { pepper, cost } = configured();
  return VERSION + (await run({ secret: digest(password, pepper), cost }));
}

/**
 * Checks a password against a stored hash. Always makes exactly one bcrypt comparison, so that the time reveals
 * nothing. Without a hash, or with a password that cannot be hashed, it compares with a hash that no password matches.
 * @throws Overloaded if too many tasks wait
 */
export async function verify(password: string, stored: string | null | undefined): Promise<PasswordCheck> {
  const { pepper, cost } = configured();
  const known = isHashable(password) ? STORED.exec(stored ?? "") : null;
  const secret = digest(known ? password : "", pepper);
  const matched = await run({ secret, against: known?.[1] ?? unmatchable(cost) });
  const ok = known !== null && matched === true;
  return { ok, stale: ok && Number(known[2]) < cost };
}

/**
 * bcrypt reads only 72 bytes and stops at NUL. A keyed digest of 64 printable characters lets every code point count.
 */
function digest(password: string, pepper: string): string {
  return createHmac("sha384", pepper).update(password.normalize("NFKC")).digest("base64");
}

/** Returns true if a password can be hashed: well-formed text that is not too long. */
export function isHashable(password: string): boolean {
  return password.isWellFormed() && password.length <= 2 * LONGEST_PASSWORD && [...password].length <= LONGEST_PASSWORD;
}

/** Returns a valid hash whose salt and digest are zeros. Comparing with it takes the usual time and never succeeds. */
function unmatchable(cost: number): string {
  return `$2b$${String(cost).padStart(2, "0")}$${".".repeat(53)}`;
}

/** The cheapest task, which each thread runs once at start. */
const firstTask: HashingTask = { secret: "", against: unmatchable(4) };

/** Runs all hashing through one queue with fair shares, so that no client can keep others from logging in. */
async function run(task: HashingTask): Promise<string | boolean> {
  const { threads, queue } = configured();
  return queue.run(getRequester(), () => {
    tasks.publish("against" in task ? "compare" : "hash");
    return threads.run(task);
  });
}

/** Returns how many hashing tasks run and wait now, and how many were refused since the start. */
export const countHashing = () => gate?.queue.count() ?? { running: 0, waiting: 0, refused: 0 };

function configured(): Gate {
  if (!gate) throw new Error("configurePasswords() comes first");
  return gate;
}
