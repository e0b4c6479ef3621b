import { randomUUID } from "node:crypto";
import { MongoBackend } from "@agendajs/mongo-backend";
import { Agenda, type JobWithId, toJobId } from "agenda";
import { log } from "../log.js";
import { countJobRun, declareJobs } from "../metrics/jobs.js";
import { Channel } from "./channel.js";
import { guardConnect } from "./connect.js";
import { COLLECTION, database, forwardJobs, jobs } from "./enqueue.js";
import { guardUnlocks, keepLocks, releaseLocks } from "./locks.js";
import { keepTimes, parseInterval, writeTimetable } from "./recurring.js";
import { type Pace, RetryIn, stopInTime, usualPace } from "./retry.js";
import { dropTraces, type Handler, readRequest, runJob } from "./traces.js";

const DRAIN_WITHIN_MS = 3_000;

/** Concurrent jobs of one kind in a process, unless that kind has its own limit. */
const USUAL_PLACES = 4;

type Queue = {
  agenda: Agenda;
  worker: string;
  channel: Channel;
  unlocked: () => Promise<void>;
  endings: (() => void)[];
};
let opened: Queue | undefined;

function open(): Queue {
  const channel = new Channel();
  const worker = `${process.pid}-${randomUUID()}`;
  const backend = new MongoBackend({ mongo: database(), collection: COLLECTION });
  guardConnect(backend);
  const unlocked = guardUnlocks(backend.repository);
  const agenda = new Agenda({
    name: worker,
    backend,
    notificationChannel: channel,
  });
  listen(agenda);
  // Without this, Agenda would look for more jobs only at its next interval.
  agenda.on("complete", ({ attrs: { _id, name } }: JobWithId) => {
    setImmediate(() => {
      if (channel.state !== "connected") return;
      void channel.publish({ jobId: _id, jobName: name, nextRunAt: null, priority: 0, timestamp: new Date() });
    });
  });
  return { agenda, worker, channel, unlocked, endings: [] };
}

function listen(agenda: Agenda): void {
  agenda.on("success", ({ attrs: { name, nextRunAt, repeatInterval } }: JobWithId) => {
    if (repeatInterval || !nextRunAt) countJobRun(name, "done"); // not if it was postponed
  });
  agenda.on("error", (error: Error) => log.warn({ err: error }, "jobs"));
  agenda.on("fail", (error: Error, job: JobWithId) => {
    const { name, failCount } = job.attrs;
    countJobRun(name, "failed");
    log.warn({ event: "job.failed", job: name, tries: failCount, request: readRequest(job), err: error }, "job failed");
  });
  agenda.on("retry exhausted", (error, job) => {
    const { name, repeatInterval } = job.attrs;
    countJobRun(name, "given-up");
    log.error({ event: "job.given-up", job: name, request: readRequest(job), err: error }, "job given up");
    if (repeatInterval) return; // a recurring job runs again anyway
    job.remove().catch((problem: unknown) => log.warn({ err: problem }, "jobs"));
  });
}

/** Looks for new jobs of this kind now, instead of at the next interval. Does nothing if this process runs no jobs. */
export async function lookForJobs(name: string): Promise<void> {
  if (opened?.channel.state !== "connected") return;
  const now = new Date();
  // The processor only reads the name.
  await opened.channel.publish({ jobId: toJobId(""), jobName: name, nextRunAt: now, priority: 0, timestamp: now });
}

/** What differs from the usual for some kinds of jobs. */
type Kinds = {
  /** Slots: the maximum number of concurrent jobs in this process. */
  places?: Record<string, number>;
  /** Replaces `pauseBefore` of the pace for these kinds. */
  pauses?: Record<string, Pace["pauseBefore"]>;
};

/**
 * Starts to run jobs of these names, and recurring jobs. Each kind has its own limit, so no kind waits for another.
 * @param timetable interval of each recurring job, such as "10 minutes"
 * @param kinds what differs from the usual for some kinds
 */
export async function startQueue(
  handlers: Record<string, Handler>,
  timetable: Record<string, string>,
  pace: Pace = usualPace,
  { places = {}, pauses = {} }: Kinds = {},
): Promise<void> {
  opened ??= open();
  forwardJobs(lookForJobs);
  const { agenda, worker, endings } = opened;
  const locks = keepLocks(jobs(), worker, pace);
  endings.push(locks.stop);
  declareJobs(Object.keys(handlers));
  let all = 0;
  for (const [name, handle] of Object.entries(handlers)) {
    const isStopping = () => opened?.agenda !== agenda;
    const work = (job: JobWithId) => locks.during(job, () => runJob(jobs(), job, handle, stopInTime(pace, isStopping)));
    const most = timetable[name] ? parseInterval(timetable[name]) : Number.POSITIVE_INFINITY;
    const pauseBefore = pauses[name] ?? pace.pauseBefore;
    const backoff = ({ attempt, error }: { attempt: number; error: Error }) =>
      shorter(error instanceof RetryIn ? error.pauseMs : pauseBefore(attempt), most);
    const concurrency = places[name] ?? USUAL_PLACES;
    all += concurrency;
    // A locked job starts immediately, because the lock of a job that waits in this process would not be renewed.
    const limits = { concurrency, lockLimit: concurrency, lockLifetime: pace.lockedForMs };
    agenda.define(name, work as never, { backoff, ...limits });
  }
  agenda.maxConcurrency(all);
  agenda.processEvery(pace.lookEveryMs);
  await agenda.start();
  await writeTimetable(agenda, jobs(), timetable);
  endings.push(await keepTimes(jobs(), timetable, Object.keys(handlers)));
}

const shorter = (pauseMs: number | null, mostMs: number) => (pauseMs === null ? null : Math.min(pauseMs, mostMs));

/** Deletes finished and failed jobs (traces.ts). Returns their number. */
export const dropGivenUp = (now = new Date()): Promise<number> =>
  dropTraces(jobs(), Object.keys(opened?.agenda.definitions ?? {}), now);

/** Takes no new jobs, finishes those in progress, and releases the jobs that it took but did not finish. */
export async function stopQueue(): Promise<void> {
  if (!opened) return;
  const { agenda, worker, unlocked, endings } = opened;
  opened = undefined;
  await agenda.drain(DRAIN_WITHIN_MS);
  for (const end of endings) end();
  await unlocked();
  const names = Object.keys(agenda.definitions);
  await releaseLocks(jobs(), worker, names).catch((error: unknown) => log.warn({ err: error }, "jobs")); // the locks expire anyway
}
