import { jobs } from "./enqueue.js";

/**
 * Deletes waiting jobs older than `oldest`, and keeps at most the newest `most`. Returns the number of deleted jobs.
 */
export async function dropWaitingJobs(name: string, { oldest, most }: { oldest: Date; most: number }): Promise<number> {
  const waiting = { name, lockedAt: null, nextRunAt: { $ne: null } };
  const [first] = await jobs().find(waiting).sort({ nextRunAt: -1 }).skip(most).limit(1).toArray();
  const until = new Date(Math.max(oldest.getTime(), first?.nextRunAt.getTime() ?? 0));
  return (await jobs().deleteMany({ ...waiting, nextRunAt: { $ne: null, $lte: until } })).deletedCount;
}

/** Counts the jobs of a kind that no handler has any more. */
export const countJobsNamed = (name: string): Promise<number> => jobs().countDocuments({ name });

/** Deletes the jobs of a kind that no handler has any more. Returns their number. */
export const dropJobsNamed = async (name: string): Promise<number> => (await jobs().deleteMany({ name })).deletedCount;
