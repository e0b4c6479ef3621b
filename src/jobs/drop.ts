import { jobs } from "./queue.js";

/**
 * Deletes waiting jobs older than `oldest`, and keeps at most the newest `most`. Returns the number of deleted jobs.
 */
export async function dropWaitingJobs(name: string, { oldest, most }: { oldest: Date; most: number }): Promise<number> {
  const waiting = { name, lockedAt: null, nextRunAt: { $ne: null } };
  const [first] = await jobs().find(waiting).sort({ nextRunAt: -1 }).skip(most).limit(1).toArray();
  const until = new Date(Math.max(oldest.getTime(), first?.nextRunAt.getTime() ?? 0));
  return (await jobs().deleteMany({ ...waiting, nextRunAt: { $ne: null, $lte: until } })).deletedCount;
}
