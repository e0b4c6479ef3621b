import { setImmediate } from "node:timers/promises";

/**
 * Combines many small writes into few. One write is in progress at a time; what is added meanwhile is in the next one.
 * Nobody waits for them, so they suit only what may get lost if the process is killed.
 * @param write stores the last value added for each key
 * @param onError called if a write fails; its values are dropped
 */
export function batchWrites<Value>(
  write: (values: Map<string, Value>) => Promise<unknown>,
  onError: (error: unknown) => void,
) {
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
  return {
    add(key: string, value: Value): void {
      waiting.set(key, value);
      underWay ??= send();
    },
    /** Resolves when everything that was added is written. */
    async done(): Promise<void> {
      await underWay;
    },
  };
}
