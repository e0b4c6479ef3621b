import type { Stop } from "../lib/async/until-done.js";

const SECONDS = 1_000;
const MINUTES = 60 * SECONDS;
const HOURS = 60 * MINUTES;
const MOST_TRIES = 30;
/** A long job ends within this share of the time after which it counts as stuck. */
const PART_OF_RUN = 0.8;

/** Timing of a process's jobs. */
export type Pace = {
  /** How often jobs of other processes are looked for; a job of this process starts immediately. */
  lookEveryMs: number;
  /** A lock without renewal for this long belongs to a process that has ended; another one starts the job again. */
  lockedForMs: number;
  /** A job that runs this long is stuck, and its lock is not renewed any more; defaults to `LONGEST_RUN_MS`. */
  longestMs?: number;
  /** The pause after this many failures, in milliseconds; null to give up. */
  pauseBefore: (attempt: number) => number | null;
};

/** A job that runs longer is stuck. */
export const LONGEST_RUN_MS = 30 * MINUTES;

/** The longest pause before a retry. */
export const LONGEST_PAUSE_MS = 1 * HOURS;

/** Returns the pause before a retry: 30 seconds, then twice as long each time, up to an hour; null after about a day. */
export function getRetryPause(attempt: number): number | null {
  return attempt > MOST_TRIES ? null : Math.min(30 * SECONDS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
}

export const usualPace: Pace = { lookEveryMs: 5 * SECONDS, lockedForMs: 30 * SECONDS, pauseBefore: getRetryPause };

/** Tells a long job to stop before it counts as stuck, or when its process stops. */
export function stopInTime({ longestMs = LONGEST_RUN_MS }: Pace, isStopping: () => boolean): Stop {
  const until = performance.now() + longestMs * PART_OF_RUN;
  return {
    get aborted() {
      return isStopping() || performance.now() > until;
    },
  };
}
