/** The clocks of two machines may differ by this much; more means that one of them is wrong. */
export const SKEW_MS = 5 * 60_000;

/**
 * Whether something is said to have happened in the future: a clock was ahead when that was written. Limits that count from such
 * a time would last until it comes.
 */
export function isAhead(time: Date | number | undefined, now: number = Date.now()): boolean {
  return time !== undefined && Number(time) > now + SKEW_MS;
}
