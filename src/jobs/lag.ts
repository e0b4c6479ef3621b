import { jobs } from "./enqueue.js";

const MAX_MS = 3_000;
type Due = { name: string; dueAt: Date };

/**
 * Finds the job that has waited longest: one that no process has begun, or one whose process has ended. Returns null if
 * none is due.
 * @param except names of jobs that wait on purpose
 */
export async function findOldestDue(except: string[] = [], now = new Date()): Promise<Due | null> {
  const name = { $nin: except };
  const first = (filter: object, order: "nextRunAt" | "lockedAt") =>
    jobs().findOne({ name, disabled: { $ne: true }, ...filter }, { sort: { [order]: 1 }, maxTimeMS: MAX_MS });
  // A job that has begun has no due time. Its lock is renewed as long as its process lives (locks.ts).
  const [waiting, abandoned] = await Promise.all([
    first({ nextRunAt: { $lte: now } }, "nextRunAt"),
    first({ nextRunAt: null, lockedAt: { $gt: new Date(0), $lte: now } }, "lockedAt"),
  ]);
  const due = [
    waiting && { name: waiting.name, dueAt: waiting.nextRunAt },
    abandoned && { name: abandoned.name, dueAt: abandoned.lockedAt },
  ];
  return due.filter((one) => one !== null).sort((one, other) => one.dueAt - other.dueAt)[0] ?? null;
}
