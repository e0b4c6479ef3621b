import mongoose from "mongoose";
import { until } from "../until.js";

/** What leaves out the traces of jobs that are done: those with an id of ours stay for a day (docs/decisions/0028-outbox.md). */
const hasWorkLeft = { repeatInterval: null, $or: [{ nextRunAt: { $ne: null } }, { lockedAt: { $ne: null } }] };

/** The jobs that wait or are under way, of one kind or of all; not those that are due again and again. */
export const waitingJobs = (name?: string) =>
  mongoose.connection
    .collection("jobs")
    .find(name ? { ...hasWorkLeft, name } : hasWorkLeft)
    .toArray();

/** Waits until all jobs of a kind, or of all kinds, are done or given up. */
export const allJobsDone = (name?: string) =>
  until(`all jobs are done${name ? `: ${name}` : ""}`, async () => (await waitingJobs(name)).length === 0);
