import { MongoBackend } from "@agendajs/mongo-backend";
import { Agenda, InMemoryNotificationChannel, type JobWithId } from "agenda";
import mongoose from "mongoose";
import { log } from "../log.js";

const SECONDS = 1_000;
const MINUTES = 60 * SECONDS;
const HOURS = 60 * MINUTES;

/** Other processes' jobs are looked for this often; a job of this process is begun at once. */
const LOOK_EVERY_MS = 5 * SECONDS;
/** A job that was begun so long ago and is not done was begun by a process that is gone: another begins it anew. */
const LOCKED_FOR_MS = 5 * MINUTES;
const DRAIN_WITHIN_MS = 8 * SECONDS;

/** What is to be done with the data of a job. A failure is tried again, with growing pauses, for a day. */
export type Handler<Data = never> = (data: Data) => Promise<void>;

let opened: Agenda | undefined;

function queue(): Agenda {
  if (opened) return opened;
  const db = mongoose.connection.getClient().db(mongoose.connection.name);
  opened = new Agenda({
    backend: new MongoBackend({ mongo: db, collection: "jobs" }),
    notificationChannel: new InMemoryNotificationChannel(),
    processEvery: LOOK_EVERY_MS,
    defaultLockLifetime: LOCKED_FOR_MS,
    defaultConcurrency: 4,
    defaultLockLimit: 8,
    removeOnComplete: true,
  });
  opened.on("error", (error: Error) => log.warn({ err: error }, "jobs"));
  opened.on("fail", (error: Error, job: JobWithId) => {
    const { name, failCount } = job.attrs;
    log.warn({ event: "job.failed", job: name, tries: failCount, err: error }, "job failed");
  });
  opened.on("retry exhausted", (error, job) => {
    log.error({ event: "job.given-up", job: job.attrs.name, err: error }, "job given up");
    job.remove().catch((problem: unknown) => log.warn({ err: problem }, "jobs"));
  });
  return opened;
}

/** Puts a job into the queue. Once this is done it is not lost, whatever happens to this process. */
export async function enqueue(name: string, data: object): Promise<void> {
  await queue().now(name, data);
}

/** Pauses of 30 seconds, then twice as long each time, up to an hour; after a day it is given up. */
export function pauseBefore(attempt: number): number | null {
  return attempt > 30 ? null : Math.min(30 * SECONDS * 2 ** (attempt - 1), 1 * HOURS);
}

/**
 * Begins to work: on jobs of these names, and on those that are due again and again.
 * @param timetable how often a job is due, such as "10 minutes"
 */
export async function startQueue(handlers: Record<string, Handler>, timetable: Record<string, string>): Promise<void> {
  const agenda = queue();
  for (const [name, handle] of Object.entries(handlers)) {
    const work = async (job: { attrs: { data: unknown } }) => handle(job.attrs.data as never);
    agenda.define(name, work, { backoff: ({ attempt }) => pauseBefore(attempt) });
  }
  await agenda.start();
  for (const [name, interval] of Object.entries(timetable)) await agenda.every(interval, name);
}

/** Takes no new jobs, and finishes those under way. */
export async function stopQueue(): Promise<void> {
  const closing = opened;
  opened = undefined;
  await closing?.drain(DRAIN_WITHIN_MS);
}
