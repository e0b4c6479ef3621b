import type { JobParameters } from "agenda";
import mongoose, { type Types } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { writeTogether } from "../database/write-together.js";
import { getRequestId } from "../lib/async/requester.js";
import { ONCE } from "./traces.js";

// Queues jobs for the process that runs them (queue.ts). Most processes only queue, so nothing here loads Agenda or connects it.

export const COLLECTION = "jobs";

export const database = () => mongoose.connection.getClient().db(mongoose.connection.name);
/** The database collection of the jobs. */
export const jobs = () => database().collection(COLLECTION);

let inform: (name: string) => Promise<void> | void = () => undefined;
/** Sets whom to inform of the kind of each new job, so that it starts before the next look into the queue. */
export function forwardJobs(toOthers: typeof inform): void {
  inform = toOthers;
}

/**
 * Adds a job to the queue. Once the promise resolves, the job survives a crash of this process.
 * @param values the handler's input. The job also gets the id of the request that queues it, for the log
 * @param id id of a job that may be added twice: within a day after it has finished, a second call does nothing
 */
export async function enqueue(name: string, values: object, id?: Types.ObjectId): Promise<void> {
  const once = id ? { _id: id, unique: ONCE } : { _id: new mongoose.Types.ObjectId() };
  try {
    const document = { ...describeJob(name, values), ...once, lockedAt: null };
    await writeTogether(jobs(), { insertOne: { document } }); // with the audit event
  } catch (error) {
    if (!isDuplicate(error, "_id")) throw error; // the job exists, but its notification may be lost
  }
  await inform(name);
}

/** Returns what Agenda stores of a new job that runs at once. */
export function describeJob(name: string, values: object) {
  const request = getRequestId();
  const data = request ? { ...values, request } : values;
  return { name, data, type: "normal", priority: 0, nextRunAt: new Date() } satisfies JobParameters;
}
