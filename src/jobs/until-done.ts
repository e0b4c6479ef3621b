import { setImmediate } from "node:timers/promises";

/** What a sweep is told to stop by. */
export type Stop = { aborted: boolean };

/**
 * Handles one batch after the other until one finds nothing to do. Requests get their turn in between, and a process that
 * ends waits for one batch at most. @param batch answers how many it handled @returns how many all of them did
 */
export async function untilDone(batch: () => Promise<number>, stop: Stop = { aborted: false }): Promise<number> {
  let done = 0;
  while (!stop.aborted) {
    const handled = await batch();
    if (handled === 0) break;
    done += handled;
    await setImmediate();
  }
  return done;
}
