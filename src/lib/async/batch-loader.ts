import { withTimeout } from "./timeout.js";

/** Maximum number of keys of one read. */
export const MOST_AT_ONCE = 200;
/** Reads that may run at once: with two, neither the database nor this process is idle while the other one works. */
const UNDER_WAY = 2;
/** Time limit of one read: one second more than the limit of a database operation (database/connect.ts). */
const READ_WITHIN_MS = 8_000;

type Waiting<Value> = {
  promise: Promise<Value | null>;
  resolve(value: Value | null): void;
  reject(error: unknown): void;
};

/** Start times of all reads in progress. */
const began = new Set<{ at: number }>();

/** Returns the age of the oldest read in progress, in milliseconds; 0 if there is none. */
export const getOldestReadMs = (): number =>
  began.size === 0 ? 0 : performance.now() - Math.min(...[...began].map(({ at }) => at));

/**
 * Combines many single reads into few. Calls from the same turn of the event loop share a read, and so do calls that
 * arrive while other reads are in progress. A read costs the database much more than each row in it, so batching saves
 * more as load grows, and adds no delay when there is none. There is no cache: a read starts after all calls that share
 * it, so no caller gets older data than from a separate read. A read that takes too long fails for its callers with
 * DeadlineExceeded, and the next one can start.
 * @param read returns values for a list of distinct keys; missing keys get null
 * @param withinMs time limit of one read
 */
export function batchReads<Value>(read: (keys: string[]) => Promise<Map<string, Value>>, withinMs = READ_WITHIN_MS) {
  const waiting = new Map<string, Waiting<Value>>();
  let underWay = 0;
  let isPlanned = false;

  const plan = () => {
    if (isPlanned || underWay === UNDER_WAY || waiting.size === 0) return;
    isPlanned = true;
    setImmediate(send);
  };
  const send = async () => {
    const batch = [...waiting].slice(0, MOST_AT_ONCE);
    for (const [key] of batch) waiting.delete(key);
    isPlanned = false;
    underWay += 1;
    const begun = { at: performance.now() };
    began.add(begun);
    plan();
    try {
      const keys = batch.map(([key]) => key);
      const found = await withTimeout(read(keys), withinMs);
      for (const [key, { resolve }] of batch) resolve(found.get(key) ?? null);
    } catch (error) {
      for (const [, { reject }] of batch) reject(error);
    }
    began.delete(begun);
    underWay -= 1;
    plan();
  };
  return (key: string): Promise<Value | null> => {
    const asked = waiting.get(key) ?? deferred<Value | null>();
    waiting.set(key, asked);
    plan();
    return asked.promise;
  };
}

function deferred<Value>() {
  let resolve!: (value: Value) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
