import type { Agenda } from "agenda";
import type { mongo } from "mongoose";
import { isDuplicate } from "../database/errors.js";

/** Each name once, whoever writes the timetable down first. */
const ONCE = { unique: true, partialFilterExpression: { type: "single" }, name: "timetable" };

/**
 * Writes down what is due again and again, unless it stands there already: Agenda would take the lock off a job that another
 * process is at.
 * @param timetable how often a job is due, such as "10 minutes"
 */
export async function writeTimetable(agenda: Agenda, jobs: mongo.Collection, timetable: Record<string, string>) {
  await jobs.createIndex({ name: 1 }, ONCE);
  for (const [name, interval] of Object.entries(timetable)) {
    const known = await jobs.findOne({ name, type: "single", repeatInterval: interval });
    if (known) continue;
    await agenda.every(interval, name).catch((error: unknown) => {
      if (!isDuplicate(error, "name")) throw error; // another process was first
    });
  }
}
