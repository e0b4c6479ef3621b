import { jobs, kinds, ONCE } from "./queue.js";

const HOURS = 3_600_000;
const DONE_KEPT_MS = 24 * HOURS;

/** Removes the traces of jobs that are over: given up, or done under an id of ours long enough ago. Answers how many. */
export async function dropGivenUp(now = new Date()): Promise<number> {
  const name = { $in: kinds() };
  const over = (keptMs: number) => {
    const lastFinishedAt = { $lt: new Date(now.getTime() - keptMs) };
    return { name, nextRunAt: null, lockedAt: null, repeatInterval: null, lastFinishedAt };
  };
  const dropped = await Promise.all([
    jobs().deleteMany({ ...over(1 * HOURS), unique: { $ne: ONCE } }),
    jobs().deleteMany({ ...over(DONE_KEPT_MS), unique: ONCE }),
  ]);
  return dropped.reduce((sum, { deletedCount }) => sum + deletedCount, 0);
}

/** Bounds jobs that nobody works on: those that wait since before `oldest`, and all but the newest `most`. Answers how many went. */
export async function dropWaiting(name: string, { oldest, most }: { oldest: Date; most: number }): Promise<number> {
  const waiting = { name, lockedAt: null, nextRunAt: { $ne: null } };
  const [first] = await jobs().find(waiting).sort({ nextRunAt: -1 }).skip(most).limit(1).toArray();
  const until = new Date(Math.max(oldest.getTime(), first?.nextRunAt.getTime() ?? 0));
  return (await jobs().deleteMany({ ...waiting, nextRunAt: { $ne: null, $lte: until } })).deletedCount;
}
