import type { Agenda } from "agenda";
import type { mongo } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { SKEW_MS } from "../lib/clock.js";
import { log } from "../log.js";
import { LONGEST_PAUSE_MS } from "./retry.js";

const MINUTES = 60_000;
const UNITS: Record<string, number> = { minute: MINUTES, hour: 60 * MINUTES, day: 24 * 60 * MINUTES };

/** Ensures one recurring job per name when several processes create it. */
const ONCE = { unique: true, partialFilterExpression: { type: "single" }, name: "timetable" };
/** Index for `repairTimes`. It is small, because few jobs are in progress, however many wait. */
const LOCKED = { partialFilterExpression: { lockedAt: { $gt: new Date(0) } }, name: "locked" };

/** Converts an interval, such as "10 minutes", to milliseconds. @throws Error if it is malformed */
export function parseInterval(interval: string): number {
  const [, count, unit = ""] = /^(\d+) (minute|hour|day)s?$/.exec(interval) ?? [];
  if (count === undefined) throw new Error(`"${interval}" is no interval such as "10 minutes"`);
  return Number(count) * (UNITS[unit] ?? 0);
}

/**
 * Repairs jobs whose due time is too late, and unlocks jobs locked in the future. Both happen if a clock was ahead when
 * the time was written. Example: during one start the clock is 31 days ahead, so a job that runs every 5 minutes is due
 * in 31 days and 5 minutes.
 * @param names all kinds of jobs; those without a timetable are retried after at most `LONGEST_PAUSE_MS`
 */
export async function repairTimes(
  jobs: mongo.Collection,
  timetable: Record<string, string>,
  names: string[],
  now = new Date(),
): Promise<void> {
  const after = (ms: number) => ({ $gt: new Date(now.getTime() + ms) });
  for (const [name, interval] of Object.entries(timetable)) {
    const due = { name, nextRunAt: after(parseInterval(interval) + SKEW_MS) };
    await jobs.updateMany(due, { $set: { nextRunAt: now } });
  }
  const others = {
    name: { $in: names.filter((name) => !timetable[name]) },
    nextRunAt: after(LONGEST_PAUSE_MS + SKEW_MS),
  };
  await jobs.updateMany(others, { $set: { nextRunAt: now } });
  // Not null: that would mean that the job has not begun, and a job that has begun has no due time.
  await jobs.updateMany({ lockedAt: after(SKEW_MS) }, { $set: { lockedAt: new Date(0) } });
}

/**
 * Repairs the times of jobs now and once a minute, because a clock can be set back at any time. Returns a function that
 * stops it.
 */
export async function keepTimes(jobs: mongo.Collection, timetable: Record<string, string>, names: string[]) {
  await repairTimes(jobs, timetable, names);
  const timer = setInterval(() => {
    repairTimes(jobs, timetable, names).catch((error: unknown) => log.warn({ err: error }, "jobs"));
  }, 1 * MINUTES).unref();
  return () => clearInterval(timer);
}

/**
 * Stores the recurring jobs that are not stored yet. Existing ones stay unchanged, because Agenda would remove the lock
 * of a job that another process is running.
 * @param timetable interval of each job, such as "10 minutes"
 */
export async function writeTimetable(agenda: Agenda, jobs: mongo.Collection, timetable: Record<string, string>) {
  await jobs.createIndex({ name: 1 }, ONCE);
  await jobs.createIndex({ lockedAt: 1 }, LOCKED);
  for (const [name, interval] of Object.entries(timetable)) {
    const known = await jobs.findOne({ name, type: "single", repeatInterval: interval });
    if (known) continue;
    await agenda.every(interval, name).catch((error: unknown) => {
      if (!isDuplicate(error, "name")) throw error; // another process was faster
    });
  }
}
