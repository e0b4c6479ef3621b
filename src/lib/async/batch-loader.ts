import { withTimeout } from "./timeout.js";

const MOST_AT_ONCE = 200;
/** Two reads overlap, so that neither the database nor we wait idly for the other. */
const UNDER_WAY = 2;
/** A second more than a database operation may take (database/connect.ts). */
const READ_WITHIN_MS = 8_000;

type Waiting<Value> = {
  promise: Promise<Value | null>;
  resolve(value: Value | null): void;
  reject(error: unknown): void;
};

/** When the reads under way began, of all batches. */
const began = new Set<{ at: number }>();

/** For how long the oldest read under way has been running, in milliseconds; 0 when there is none. */
export const getOldestReadMs = (): number =>
  began.size === 0 ? 0 : performance.now() - Math.min(...[...began].map(({ at }) => at));

/**
 * Turns many single reads into few: those who ask in one turn, or while reads are under way, share the next one. A
 * read costs the database far more than a row of it, so this grows with the load and costs nothing without. Nothing
 * is kept: a read starts after everyone in it has asked, so nobody sees older data than with a read of their own.
 * A read that does not end in time fails for those who asked, with DeadlineExceeded, and makes room for the next.
 * @param read answers a list of different keys; a key without an answer gets null
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
