import { randomUUID } from "node:crypto";
import { MongoBackend } from "@agendajs/mongo-backend";
import { Agenda, type JobWithId, toJobId } from "agenda";
import mongoose, { type Types } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import type { Stop } from "../lib/until-done.js";
import { log } from "../log.js";
import { Channel } from "./channel.js";
import { type Pace, stopBeforeLock, usualPace } from "./pace.js";
import { writeTimetable } from "./timetable.js";

const HOURS = 3_600_000;
const DRAIN_WITHIN_MS = 4_000;
const COLLECTION = "jobs";
/** Marks jobs that have an id of ours: they leave it behind when they are done, so that nobody puts them there again. */
const ONCE = { once: true };
const DONE_KEPT_MS = 24 * HOURS;

/**
 * What is to be done with the data of a job. A failure is tried again, with growing pauses, for a day.
 * @param id the job's, the same at each try
 * @param stop says when a long job is to end early: this process stops, or another would soon take the job for abandoned
 */
export type Handler<Data = never> = (data: Data, id: string, stop: Stop) => Promise<void>;

type Queue = { agenda: Agenda; worker: string; channel: Channel };
let opened: Queue | undefined;

const db = () => mongoose.connection.getClient().db(mongoose.connection.name);
const jobs = () => db().collection(COLLECTION);

function open(): Queue {
  const channel = new Channel();
  const worker = `${process.pid}-${randomUUID()}`;
  const agenda = new Agenda({
    name: worker,
    backend: new MongoBackend({ mongo: db(), collection: COLLECTION }),
    notificationChannel: channel,
    defaultConcurrency: 4,
    defaultLockLimit: 8,
  });
  listen(agenda);
  // Agenda would look for more only at the next turn of the clock.
  agenda.on("complete", ({ attrs: { _id, name } }: JobWithId) => {
    setImmediate(() => {
      if (channel.state !== "connected") return;
      void channel.publish({ jobId: _id, jobName: name, nextRunAt: null, priority: 0, timestamp: new Date() });
    });
  });
  return { agenda, worker, channel };
}

function queue(): Queue {
  opened ??= open();
  return opened;
}

function listen(agenda: Agenda): void {
  agenda.on("error", (error: Error) => log.warn({ err: error }, "jobs"));
  agenda.on("fail", (error: Error, job: JobWithId) => {
    const { name, failCount } = job.attrs;
    log.warn({ event: "job.failed", job: name, tries: failCount, err: error }, "job failed");
  });
  agenda.on("retry exhausted", (error, job) => {
    const { name, repeatInterval } = job.attrs;
    log.error({ event: "job.given-up", job: name, err: error }, "job given up");
    if (repeatInterval) return; // it is due again in any case
    job.remove().catch((problem: unknown) => log.warn({ err: problem }, "jobs"));
  });
}

/**
 * Puts a job into the queue. Once this is done it is not lost, whatever happens to this process.
 * @param id of a job that may be put there again: within a day of its end that does nothing
 */
export async function enqueue(name: string, data: object, id?: Types.ObjectId): Promise<void> {
  if (!id) return void (await queue().agenda.now(name, data));
  const { agenda, channel } = queue();
  await agenda.ready;
  const { _id, ...job } = agenda.create(name, data).schedule(new Date()).toJson();
  try {
    await jobs().insertOne({ ...job, _id: id, lockedAt: null, unique: ONCE });
  } catch (error) {
    if (isDuplicate(error, "_id")) return;
    throw error;
  }
  if (channel.state !== "connected") return; // this process works on no jobs
  const now = new Date();
  await channel.publish({ jobId: toJobId(String(id)), jobName: name, nextRunAt: now, priority: 0, timestamp: now });
}

/**
 * Begins to work: on jobs of these names, and on those that are due again and again.
 * @param timetable how often a job is due, such as "10 minutes"
 */
export async function startQueue(
  handlers: Record<string, Handler>,
  timetable: Record<string, string>,
  pace: Pace = usualPace,
): Promise<void> {
  const { agenda } = queue();
  for (const [name, handle] of Object.entries(handlers)) {
    const work = async (job: JobWithId) => {
      const { _id, data, unique } = job.attrs;
      if (unique && data === null) return; // it was done, and the process ended before Agenda noted that
      await handle(
        data as never,
        String(_id),
        stopBeforeLock(pace, () => opened?.agenda !== agenda),
      );
      if (unique) await jobs().updateOne({ _id: new mongoose.Types.ObjectId(_id) }, { $set: { data: null } });
      else if (!job.attrs.repeatInterval) await job.remove(); // here, for a job that is done must not wait for another write
    };
    const backoff = ({ attempt }: { attempt: number }) => pace.pauseBefore(attempt);
    agenda.define(name, work as never, { backoff, lockLifetime: pace.lockedForMs });
  }
  agenda.processEvery(pace.lookEveryMs);
  await agenda.start();
  await writeTimetable(agenda, jobs(), timetable);
}

/** Removes the traces of jobs that are over: given up, or done under an id of ours long enough ago. Answers how many. */
export async function dropGivenUp(now = new Date()): Promise<number> {
  const name = { $in: Object.keys(queue().agenda.definitions) };
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

/** Takes no new jobs, finishes those under way, and gives back those it took and did not begin. */
export async function stopQueue(): Promise<void> {
  if (!opened) return;
  const { agenda, worker } = opened;
  opened = undefined;
  await agenda.drain(DRAIN_WITHIN_MS);
  await giveBack(agenda, worker).catch((error: unknown) => log.warn({ err: error }, "jobs")); // else their lock runs out
}

async function giveBack(agenda: Agenda, worker: string): Promise<void> {
  const name = { $in: Object.keys(agenda.definitions) };
  const notBegun = { lastModifiedBy: worker, lockedAt: { $ne: null }, nextRunAt: { $ne: null }, repeatInterval: null };
  await jobs().updateMany({ name, ...notBegun }, { $set: { lockedAt: null } });
}
