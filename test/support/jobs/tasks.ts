import { setTimeout as sleep } from "node:timers/promises";
import mongoose from "mongoose";
import type { Handler } from "../../../src/jobs/traces.js";

/** What was done, by whom, as the jobs of tests write it down. */
export const deeds = () => mongoose.connection.collection("deeds");
const note = (what: string, id: string) => deeds().insertOne({ what, id, by: process.pid });

/** Jobs to test the queue with. */
export const tasks: Record<string, Handler> = {
  async quick(_data, id) {
    await sleep(20);
    await note("done", id);
  },
  /** Notes that it begins, and takes longer than a test has patience, unless this one was begun before. */
  async once(_data, id) {
    const isAgain = (await deeds().countDocuments({ what: "begun", id })) > 0;
    await note("begun", id);
    if (!isAgain) await sleep(60_000);
    await note("done", id);
  },
  async failing(_data, id) {
    await note("tried", id);
    throw new Error("as always");
  },
};
