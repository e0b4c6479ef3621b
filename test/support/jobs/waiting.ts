import mongoose from "mongoose";
import { lookForJobs } from "../../../src/jobs/queue.js";
import { until } from "../until.js";

/** Excludes finished jobs: those with a chosen id stay for a day (docs/decisions/0028-outbox.md). */
const hasWorkLeft = { repeatInterval: null, $or: [{ nextRunAt: { $ne: null } }, { lockedAt: { $ne: null } }] };

/** Lists the jobs that wait or run, of one kind or of all, without recurring ones. */
export const waitingJobs = (name?: string) =>
  mongoose.connection
    .collection("jobs")
    .find(name ? { ...hasWorkLeft, name } : hasWorkLeft)
    .toArray();

/** Waits until all jobs of a kind, or of all kinds, are done or have failed. */
export const allJobsDone = (name?: string) =>
  until(`all jobs are done${name ? `: ${name}` : ""}`, async () => (await waitingJobs(name)).length === 0);

/** Runs the jobs that have failed and wait for their next attempt, instead of in half a minute. */
export async function retryNow(): Promise<void> {
  for (const { _id, name, failCount, nextRunAt } of await waitingJobs()) {
    if (!failCount || nextRunAt <= new Date()) continue;
    await mongoose.connection.collection("jobs").updateOne({ _id, nextRunAt }, { $set: { nextRunAt: new Date() } });
    await lookForJobs(name);
  }
}
