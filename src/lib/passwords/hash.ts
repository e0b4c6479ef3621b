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
  /** Secret of the server, mixed into every hash; without it a stolen table of hashes cannot be attacked. */
  pepper: string;
  /** bcrypt cost of new hashes: each step doubles the time. */
  cost: number;
  /** Hashing threads; as many as cores when not given. */
  threads?: number;
  /** Tasks that may wait before more are refused; when not given, 50 a thread: about 12 seconds of waiting at cost 12. */
  maxQueue?: number;
};

export type PasswordCheck = {
  /** The password belongs to this hash. */
  ok: boolean;
  /** It does, but the hash was made in an older way or at a lower cost: hash the password anew. */
  stale: boolean;
};

/** Longest password, in code points; longer ones are refused before any hashing. */
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
  /** When every thread has loaded bcrypt: one that is ended while it loads takes the whole process with it. */
  loaded: Promise<unknown>;
};
let gate: Gate | undefined;

/** Starts the hashing threads. Call it once at start; a second call replaces the settings, and work begun is finished. */
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

/** Finishes the work at hand and ends the threads. */
export async function closePasswords(): Promise<void> {
  const closing = gate;
  gate = undefined;
  await closing?.loaded;
  await closing?.queue.idle();
  await closing?.threads.close();
}

/** What to store for a password. Throws a RangeError for an ill-formed or too long one, Overloaded in a storm. */
export async function hash(password: string): Promise<string> {
  if (!isHashable(password)) throw new RangeError("A password is well-formed text of at most 256 code points");
  const { pepper, cost } = configured();
  return VERSION + (await run({ secret: digest(password, pepper), cost }));
}

/**
 * Whether a password belongs to a stored hash. Always exactly one bcrypt comparison, so that the time tells nothing:
 * where there is no hash, or the password is one that is never hashed, it compares against one that nothing matches.
 * Throws Overloaded in a storm.
 */
export async function verify(password: string, stored: string | null | undefined): Promise<PasswordCheck> {
  const { pepper, cost } = configured();
  const known = isHashable(password) ? STORED.exec(stored ?? "") : null;
  const secret = digest(known ? password : "", pepper);
  const matched = await run({ secret, against: known?.[1] ?? unmatchable(cost) });
  const ok = known !== null && matched === true;
  return { ok, stale: ok && Number(known[2]) < cost };
}

/** bcrypt reads 72 bytes and stops at NUL: a keyed digest of 64 printable characters lets every code point count. */
function digest(password: string, pepper: string): string {
  return createHmac("sha384", pepper).update(password.normalize("NFKC")).digest("base64");
}

/** Whether a password may be hashed at all: well-formed text that is not too long. */
export function isHashable(password: string): boolean {
  return password.isWellFormed() && password.length <= 2 * LONGEST_PASSWORD && [...password].length <= LONGEST_PASSWORD;
}

/** A hash of the given cost in good form, with salt and digest of zeros: as slow as any other, and never a match. */
function unmatchable(cost: number): string {
  return `$2b$${String(cost).padStart(2, "0")}$${".".repeat(53)}`;
}

/** As cheap as can be: each thread gets one when it starts. */
const firstTask: HashingTask = { secret: "", against: unmatchable(4) };

/** One gate for all that is hashed, in fair shares for those who ask: nobody can keep others from logging in. */
async function run(task: HashingTask): Promise<string | boolean> {
  const { threads, queue } = configured();
  return queue.run(getRequester(), () => {
    tasks.publish("against" in task ? "compare" : "hash");
    return threads.run(task);
  });
}

function configured(): Gate {
  if (!gate) throw new Error("configurePasswords() comes first");
  return gate;
}
