import type { Stop } from "../lib/until-done.js";

const SECONDS = 1_000;
const MINUTES = 60 * SECONDS;
const HOURS = 60 * MINUTES;
const MOST_TRIES = 30;
/** A long job ends in this part of the time for which it is locked. */
const PART_OF_LOCK = 0.8;

/** How a process goes about its jobs. */
export type Pace = {
  /** Other processes' jobs are looked for this often; a job of this process is begun at once. */
  lookEveryMs: number;
  /** A job that was begun so long ago and is not done was begun by a process that is gone: another begins it anew. */
  lockedForMs: number;
  /** The pause after so many failures; null to give up. */
  pauseBefore: (attempt: number) => number | null;
};

/** Pauses of 30 seconds, then twice as long each time, up to an hour; after a day it is given up. */
export function pauseBefore(attempt: number): number | null {
  return attempt > MOST_TRIES ? null : Math.min(30 * SECONDS * 2 ** (attempt - 1), 1 * HOURS);
}

export const usualPace: Pace = { lookEveryMs: 5 * SECONDS, lockedForMs: 5 * MINUTES, pauseBefore };

/** Tells a job to end before its lock does, or when its process stops. */
export function stopBeforeLock({ lockedForMs }: Pace, isStopping: () => boolean): Stop {
  const until = Date.now() + lockedForMs * PART_OF_LOCK;
  return {
    get aborted() {
      return isStopping() || Date.now() > until;
    },
  };
}
