/** The clocks of two machines may differ by this much; a larger difference means that one of them is wrong. */
export const SKEW_MS = 5 * 60_000;

/**
 * Returns true for a time in the future: a clock was ahead when it was written. Limits that count from such
 * a time would last until it comes.
 */
export function isAhead(time: Date | number | undefined, now: number = Date.now()): boolean {
  return time !== undefined && Number(time) > now + SKEW_MS;
}
