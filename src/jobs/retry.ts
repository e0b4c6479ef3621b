import type { Stop } from "../lib/async/until-done.js";

const SECONDS = 1_000;
const MINUTES = 60 * SECONDS;
const HOURS = 60 * MINUTES;
const MOST_TRIES = 30;
/** A long job ends in this part of the time after which it counts as stuck. */
const PART_OF_RUN = 0.8;

/** How a process goes about its jobs. */
export type Pace = {
  /** Other processes' jobs are looked for this often; a job of this process is begun at once. */
  lookEveryMs: number;
  /** A lock that was not renewed for this long belongs to a process that is gone: another one begins the job again. */
  lockedForMs: number;
  /** A job that runs for this long is stuck, and its lock is not renewed any more: `LONGEST_RUN_MS`, unless set. */
  longestMs?: number;
  /** The pause after so many failures; null to give up. */
  pauseBefore: (attempt: number) => number | null;
};

/** A job that runs longer is stuck. */
export const LONGEST_RUN_MS = 30 * MINUTES;

/** The longest pause before a job is tried again. */
export const LONGEST_PAUSE_MS = 1 * HOURS;

/** Pauses of 30 seconds, then twice as long each time, up to an hour; after a day it is given up. */
export function getRetryPause(attempt: number): number | null {
  return attempt > MOST_TRIES ? null : Math.min(30 * SECONDS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
}

export const usualPace: Pace = { lookEveryMs: 5 * SECONDS, lockedForMs: 30 * SECONDS, pauseBefore: getRetryPause };

/** Tells a long job to end before it counts as stuck, or when its process stops. */
export function stopInTime({ longestMs = LONGEST_RUN_MS }: Pace, isStopping: () => boolean): Stop {
  const until = performance.now() + longestMs * PART_OF_RUN;
  return {
    get aborted() {
      return isStopping() || performance.now() > until;
    },
  };
}
