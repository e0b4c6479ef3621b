import type { JobCount } from "../metrics/gauges.js";
import { jobs } from "./enqueue.js";

const WITHIN_MS = 2_000;
/** The index by which Agenda finds the next job. It has all fields that are counted, so no document is read. */
const BY_NAME = "findAndLockNextJobIndex";

/**
 * Counts the jobs of all processes, by kind and state. A job waits when it is due, and is scheduled when it is due
 * later, for example after a failure. Recurring jobs are scheduled most of the time. Finished jobs do not count.
 * @param except names of jobs that do not count
 */
export async function countJobs(except: string[] = [], now = new Date()): Promise<JobCount[]> {
  const unlocked = { $cond: [{ $gt: ["$nextRunAt", now] }, "scheduled", "waiting"] };
  const notEnded = { $cond: [{ $gt: ["$nextRunAt", null] }, unlocked, "ended"] };
  const state = { $cond: [{ $gt: ["$lockedAt", null] }, "running", notEnded] };
  const groups = await jobs()
    .aggregate<{ _id: { kind: string; state: string }; count: number; since: Date | null }>(
      [
        { $match: { name: { $nin: except } } },
        { $project: { _id: 0, name: 1, lockedAt: 1, nextRunAt: 1 } },
        { $group: { _id: { kind: "$name", state }, count: { $sum: 1 }, since: { $min: "$nextRunAt" } } },
      ],
      { hint: BY_NAME, maxTimeMS: WITHIN_MS },
    )
    .toArray();
  return groups
    .filter(({ _id }) => _id.state !== "ended")
    .map(({ _id, count, since }) => ({
      ..._id,
      count,
      waitedMs: _id.state === "waiting" && since ? Math.max(0, now.getTime() - since.getTime()) : 0,
    }));
}
