/** Tolerated difference between the clocks of two machines. If it is larger, one of the clocks is wrong. */
export const SKEW_MS = 5 * 60_000;

/**
 * Returns true if a stored time is in the future, because the clock was ahead when it was written. Without this check,
 * limits that count from such a time would apply until that time.
 */
export function isAhead(time: Date | number | undefined, now: number = Date.now()): boolean {
  return time !== undefined && Number(time) > now + SKEW_MS;
}
