import { deliver } from "../mail/deliver.js";
import { type Handler, startQueue, stopQueue } from "./queue.js";

/** What our jobs do, by name. */
const handlers: Record<string, Handler> = {
  "send-mail": deliver,
};

/** The timetable: what is done again and again. */
const timetable: Record<string, string> = {};

/** Begins to work on jobs, in this process. */
export const startJobs = () => startQueue(handlers, timetable);
export const stopJobs = stopQueue;
