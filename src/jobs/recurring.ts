import type { Agenda } from "agenda";
import type { mongo } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { SKEW_MS } from "../lib/clock.js";
import { log } from "../log.js";
import { LONGEST_PAUSE_MS } from "./retry.js";

const MINUTES = 60_000;
const UNITS: Record<string, number> = { minute: MINUTES, hour: 60 * MINUTES, day: 24 * 60 * MINUTES };

/** Each name once, whoever writes the timetable down first. */
const ONCE = { unique: true, partialFilterExpression: { type: "single" }, name: "timetable" };
/** For `repairTimes`: jobs that are under way are few, whatever waits. */
const LOCKED = { partialFilterExpression: { lockedAt: { $gt: new Date(0) } }, name: "locked" };

/** An interval of the timetable, such as "10 minutes", in milliseconds. */
export function parseInterval(interval: string): number {
  const [, count, unit = ""] = /^(\d+) (minute|hour|day)s?$/.exec(interval) ?? [];
  if (count === undefined) throw new Error(`"${interval}" is no interval such as "10 minutes"`);
  return Number(count) * (UNITS[unit] ?? 0);
}

/**
 * Makes due now what is due later than it can be, and unlocks what was locked in the future: a clock was ahead when that was
 * written. Example: the clock is 31 days ahead for one start, and a job of every 5 minutes is due in 31 days and 5 minutes.
 * @param names all kinds of jobs; those that are not in the timetable are tried again after `LONGEST_PAUSE_MS` at most
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
  // Not null: that would mean that nobody began it, and a job that was begun is due at no time.
  await jobs.updateMany({ lockedAt: after(SKEW_MS) }, { $set: { lockedAt: new Date(0) } });
}

/** Repairs the times of jobs now and once a minute, for a clock may be set back at any time. Answers how to end that. */
export async function keepTimes(jobs: mongo.Collection, timetable: Record<string, string>, names: string[]) {
  await repairTimes(jobs, timetable, names);
  const timer = setInterval(() => {
    repairTimes(jobs, timetable, names).catch((error: unknown) => log.warn({ err: error }, "jobs"));
  }, 1 * MINUTES).unref();
  return () => clearInterval(timer);
}

/**
 * Writes down what is due again and again, unless it stands there already: Agenda would take the lock off a job that another
 * process is at.
 * @param timetable how often a job is due, such as "10 minutes"
 */
export async function writeTimetable(agenda: Agenda, jobs: mongo.Collection, timetable: Record<string, string>) {
  await jobs.createIndex({ name: 1 }, ONCE);
  await jobs.createIndex({ lockedAt: 1 }, LOCKED);
  for (const [name, interval] of Object.entries(timetable)) {
    const known = await jobs.findOne({ name, type: "single", repeatInterval: interval });
    if (known) continue;
    await agenda.every(interval, name).catch((error: unknown) => {
      if (!isDuplicate(error, "name")) throw error; // another process was first
    });
  }
}
