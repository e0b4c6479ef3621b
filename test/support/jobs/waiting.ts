import mongoose from "mongoose";
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
