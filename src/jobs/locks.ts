import mongoose, { type mongo } from "mongoose";
import { log } from "../log.js";
import { LONGEST_RUN_MS, type Pace } from "./retry.js";

/** A job as Agenda keeps it in memory. */
type Job = { attrs: { _id?: unknown; lockedAt?: Date } };

/** Number of renewals during the life of a lock: two of them may fail. */
const RENEWALS = 3;

/**
 * Renews the locks of the jobs that this process runs. Locks can therefore be short: a lock that nobody renews belongs
 * to a process that has ended. Example: a lock lives 30 seconds and is renewed every 10. A process is killed; after 30
 * seconds another process starts its jobs again. A job that has run for `longestMs` is stuck, and its lock is no longer
 * renewed.
 */
export function keepLocks(jobs: mongo.Collection, worker: string, { lockedForMs, longestMs = LONGEST_RUN_MS }: Pace) {
  const running = new Map<Job, number>();
  const timer = setInterval(() => {
    void renew().catch((error: unknown) => log.warn({ err: error }, "jobs"));
  }, lockedForMs / RENEWALS).unref();

  async function renew(): Promise<void> {
    const alive = [...running].filter(([, beganAt]) => performance.now() - beganAt < longestMs).map(([job]) => job);
    if (alive.length === 0) return;
    const lockedAt = new Date();
    const ours = {
      _id: { $in: alive.map(({ attrs }) => new mongoose.Types.ObjectId(String(attrs._id))) },
      lastModifiedBy: worker,
    };
    await jobs.updateMany({ ...ours, lockedAt: { $ne: null } }, { $set: { lockedAt } });
    for (const job of alive) if (running.has(job)) job.attrs.lockedAt = lockedAt; // Agenda reads the time from here
  }

  return {
    /** Keeps the lock of a job while `act` runs. */
    async during<Result>(job: Job, act: () => Promise<Result>): Promise<Result> {
      running.set(job, performance.now());
      try {
        return await act();
      } finally {
        running.delete(job);
      }
    },
    stop: () => clearInterval(timer),
  };
}

/**
 * Releases all locks of a process that ends, including those of jobs in progress, because it cannot finish them.
 * @param names the kinds of jobs that the process ran
 */
export async function releaseLocks(jobs: mongo.Collection, worker: string, names: string[]): Promise<void> {
  const ours = { name: { $in: names }, lastModifiedBy: worker, lockedAt: { $ne: null } };
  await jobs.updateMany({ ...ours, nextRunAt: null }, { $set: { lockedAt: null, nextRunAt: new Date() } });
  await jobs.updateMany({ ...ours, repeatInterval: null }, { $set: { lockedAt: null } });
}

type Unlocking = { unlockJob(job: never): Promise<void> };

/**
 * Makes Agenda's release of a single lock safe. Agenda releases a job if another search has filled its slot meanwhile, which
 * happens under load. It neither waits for that write nor handles its failure: when the database closed or was away, the
 * unhandled rejection ended the process. Now a failure is logged; the lock expires anyway.
 * @returns a function that waits for the releases in progress
 */
export function guardUnlocks(repository: Unlocking): () => Promise<void> {
  const unlock = repository.unlockJob.bind(repository);
  const underWay = new Set<Promise<void>>();
  repository.unlockJob = (job) => {
    const unlocked = unlock(job)
      .catch((error: unknown) => log.warn({ err: error }, "jobs"))
      .finally(() => underWay.delete(unlocked));
    underWay.add(unlocked);
    return unlocked;
  };
  return async () => void (await Promise.all(underWay));
}
