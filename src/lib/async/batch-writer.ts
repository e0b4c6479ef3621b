import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate } from "node:timers/promises";

/** Writes that requests do not wait for; `done` resolves when everything that was added is written. */
type Writer = { done(): Promise<void> };

/** All writers of this process. */
const writers: Writer[] = [];

/** Lets `whenAllWritten` wait for this writer too. */
export const addWriter = (writer: Writer): void => void writers.push(writer);

/** Resolves when everything that was added until now is written. Closing the database waits for it. */
export async function whenAllWritten(): Promise<void> {
  await Promise.all(writers.map((writer) => writer.done()));
}

/**
 * Combines many small writes into few. One write is in progress at a time; what is added meanwhile is in the next one.
 * Nobody waits for them, so they suit only what may get lost if the process is killed.
 * @param write stores the values by their keys; of one key, only the last value is kept
 * @param onError called if a write fails; its values are dropped
 */
export function batchWrites<Value>(
  write: (values: Map<string, Value>) => Promise<unknown>,
  onError: (error: unknown) => void,
) {
  /** A write belongs to no request, although one of them begins it. */
  const withoutRequest = AsyncLocalStorage.snapshot();
  let waiting = new Map<string, Value>();
  let underWay: Promise<void> | null = null;

  const send = async () => {
    await setImmediate();
    while (waiting.size > 0) {
      const values = waiting;
      waiting = new Map();
      await write(values).catch(onError);
    }
    underWay = null;
  };
  const writer = {
    add(key: string, value: Value): void {
      waiting.set(key, value);
      underWay ??= withoutRequest(send);
    },
    /** Resolves when everything that was added is written. */
    async done(): Promise<void> {
      await underWay;
    },
  };
  addWriter(writer);
  return writer;
}
