const DAY_MS = 86_400_000;

/** Returns the day (UTC) of a time, such as "2026-11-29". */
export const formatDay = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Returns the beginning of a day (UTC). */
export const getDayStart = (day: string): Date => new Date(`${day}T00:00:00Z`);

/** Returns a time so many days later; earlier if negative. */
export const addDays = (time: Date, days: number): Date => new Date(time.getTime() + days * DAY_MS);
