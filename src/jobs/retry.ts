import type { Stop } from "../lib/async/until-done.js";

const SECONDS = 1_000;
const MINUTES = 60 * SECONDS;
const HOURS = 60 * MINUTES;
const MOST_TRIES = 30;
/** A long job stops after this share of `longestMs`, before it counts as stuck. */
const PART_OF_RUN = 0.8;

/** Timing of the jobs of a process. */
export type Pace = {
  /** How often this process looks for jobs of other processes. A job of its own starts immediately. */
  lookEveryMs: number;
  /** Lifetime of a lock without renewal. After it, another process starts the job again. */
  lockedForMs: number;
  /** A job that runs this long is stuck, and its lock is no longer renewed; defaults to `LONGEST_RUN_MS`. */
  longestMs?: number;
  /** Returns the pause in milliseconds after this many failures, or null to give up. */
  pauseBefore: (attempt: number) => number | null;
};

/** Thrown by a handler that has failed. Its job is retried after this pause, instead of the usual pause of its kind. */
export class RetryIn extends Error {
  readonly pauseMs: number;
  constructor(pauseMs: number, message: string) {
    super(message);
    this.pauseMs = pauseMs;
  }
}

/** Thrown by a handler that could not begin. Its job runs again after the pause, and has not failed. */
export class Postponed extends Error {
  readonly pauseMs: number;
  constructor(pauseMs: number) {
    super("The job was postponed");
    this.pauseMs = pauseMs;
  }
}

/** A job that runs longer is stuck. */
export const LONGEST_RUN_MS = 30 * MINUTES;

/** The longest pause before a retry. */
export const LONGEST_PAUSE_MS = 1 * HOURS;

/** Returns the pause before a retry: 30 seconds, doubled each time up to an hour; null after about a day. */
export function getRetryPause(attempt: number): number | null {
  return attempt > MOST_TRIES ? null : Math.min(30 * SECONDS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
}

/** The first pauses of a webhook: most receivers are only restarting. All later ones are an hour. */
const WEBHOOK_PAUSES = [10 * SECONDS, 30 * SECONDS, 2 * MINUTES, 10 * MINUTES, 30 * MINUTES];
/** The attempts to deliver an event to a webhook: the last one is about a day after the first. */
export const MOST_WEBHOOK_ATTEMPTS = WEBHOOK_PAUSES.length + 25;

/**
 * Returns the pause before an event is sent to a webhook again: from ten seconds to an hour, shortened at random by up to a
 * fifth, so that a receiver that comes back does not get everything at once. The handler decides which attempt is the last.
 */
export function getWebhookPause(attempt: number): number {
  const pause = WEBHOOK_PAUSES[attempt - 1] ?? LONGEST_PAUSE_MS;
  return shorten(pause);
}

/**
 * Returns the pause before a delivery looks for a free slot again: a quarter of the time that it has waited, from ten
 * seconds to an hour. Example: it looks each ten seconds at first, each 15 minutes after an hour, and each hour after
 * four. So what waits for a receiver that hangs costs little, and a busy one gets everything a quarter later at most.
 * Ten seconds are longer than `lookEveryMs`, because Agenda locks all that is due before it looks again, which would
 * take the slot of other jobs.
 */
export const getBusyPause = (waitedMs: number): number =>
  shorten(Math.min(Math.max(waitedMs / 4, 10 * SECONDS), LONGEST_PAUSE_MS));

const shorten = (pause: number) => pause * (1 - 0.2 * Math.random());

export const usualPace: Pace = { lookEveryMs: 5 * SECONDS, lockedForMs: 30 * SECONDS, pauseBefore: getRetryPause };

/** Tells a long job to stop before it counts as stuck, or when the process stops. */
export function stopInTime({ longestMs = LONGEST_RUN_MS }: Pace, isStopping: () => boolean): Stop {
  const until = performance.now() + longestMs * PART_OF_RUN;
  return {
    get aborted() {
      return isStopping() || performance.now() > until;
    },
  };
}
