const SECONDS = 1_000;
const MINUTES = 60 * SECONDS;
const HOURS = 60 * MINUTES;
const MOST_TRIES = 30;

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
