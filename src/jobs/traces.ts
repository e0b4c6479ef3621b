import type { JobWithId } from "agenda";
import mongoose, { type mongo } from "mongoose";
import type { Stop } from "../lib/async/until-done.js";

const HOURS = 3_600_000;
/** Marks jobs that have an id of ours: they leave it behind when they are done, so that nobody puts them there again. */
export const ONCE = { once: true };
const DONE_KEPT_MS = 24 * HOURS;
const GIVEN_UP_KEPT_MS = 1 * HOURS;

/**
 * What is to be done with the data of a job. A failure is tried again, with growing pauses, for a day.
 * @param id the job's, the same at each try
 * @param stop says when a long job is to end early: this process stops, or another would soon take the job for abandoned
 */
export type Handler<Data = never> = (data: Data, id: string, stop: Stop) => Promise<void>;

/** Does a job, and then removes it, or what it was about where its id must stay. */
export async function runJob(jobs: mongo.Collection, job: JobWithId, handle: Handler, stop: Stop): Promise<void> {
  const { _id, data, unique, repeatInterval } = job.attrs;
  if (unique && data === null) return; // it was done, and the process ended before Agenda noted that
  await handle(data as never, String(_id), stop);
  if (unique) await jobs.updateOne({ _id: new mongoose.Types.ObjectId(_id) }, { $set: { data: null } });
  else if (!repeatInterval) await job.remove(); // here, for a job that is done must not wait for another write
}

/** Removes the traces of jobs that are over: given up, or done under an id of ours long enough ago. Answers how many. */
export async function dropTraces(jobs: mongo.Collection, names: string[], now: Date): Promise<number> {
  const over = (keptMs: number) => {
    const lastFinishedAt = { $lt: new Date(now.getTime() - keptMs) };
    return { name: { $in: names }, nextRunAt: null, lockedAt: null, repeatInterval: null, lastFinishedAt };
  };
  const dropped = await Promise.all([
    jobs.deleteMany({ ...over(GIVEN_UP_KEPT_MS), unique: { $ne: ONCE } }),
    jobs.deleteMany({ ...over(DONE_KEPT_MS), unique: ONCE }),
  ]);
  return dropped.reduce((sum, { deletedCount }) => sum + deletedCount, 0);
}
