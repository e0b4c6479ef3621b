import { setTimeout as sleep } from "node:timers/promises";
import mongoose from "mongoose";
import type { Handler } from "../../../src/jobs/traces.js";

/** Returns the collection that records what the jobs of tests did, and in which process. */
export const deeds = () => mongoose.connection.collection("deeds");
const note = (what: string, id: string) => deeds().insertOne({ what, id, by: process.pid });

/** Jobs for tests of the queue. */
export const tasks: Record<string, Handler> = {
  async quick(_data, id) {
    await sleep(20);
    await note("done", id);
  },
  /** Records its start. The first run then takes longer than a test waits; a second run ends at once. */
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
