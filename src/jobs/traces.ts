import type { JobWithId } from "agenda";
import mongoose, { type mongo } from "mongoose";
import { runLater } from "../lib/async/requester.js";
import type { Stop } from "../lib/async/until-done.js";
import { Postponed } from "./retry.js";

const HOURS = 3_600_000;
/** Marks a job with an id chosen by the caller. Its id stays when it is done, so that it cannot be added again. */
export const ONCE = { once: true };
const DONE_KEPT_MS = 24 * HOURS;
const GIVEN_UP_KEPT_MS = 1 * HOURS;

/**
 * Handles the data of a job. If it fails, it is retried for a day, with growing pauses.
 * @param id the job's id, the same at each attempt
 * @param stop tells a long job to stop early, because this process stops or because another process would soon consider
 * the job abandoned
 */
export type Handler<Data = never> = (data: Data, id: string, stop: Stop) => Promise<void>;

/** Returns the id of the request that queued a job; undefined if none did. */
export const readRequest = ({ attrs }: Pick<JobWithId, "attrs">): string | undefined =>
  (attrs.data as { request?: string } | null | undefined)?.request;

/** Runs a job, then deletes it. Deletes only its data if its id must stay, and nothing if it was postponed. */
export async function runJob(jobs: mongo.Collection, job: JobWithId, handle: Handler, stop: Stop): Promise<void> {
  const { _id, data, unique, repeatInterval } = job.attrs;
  if (unique && data === null) return; // it was done, but the process ended before Agenda recorded that
  try {
    await runLater(readRequest(job) ?? "", () => handle(data as never, String(_id), stop));
  } catch (error) {
    if (!(error instanceof Postponed)) throw error;
    job.attrs.nextRunAt = new Date(Date.now() + error.pauseMs); // Agenda stores it
    return;
  }
  if (unique) await jobs.updateOne({ _id: new mongoose.Types.ObjectId(_id) }, { $set: { data: null } });
  else if (!repeatInterval) await job.remove(); // removed here, because a finished job must not wait for another write
}

/** Deletes failed jobs, and finished jobs with a chosen id, after their retention time. Returns their number. */
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
