// The application, with an answer to the questions of the benchmark. Each question and each answer is a message between
// the processes.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import mongoose from "mongoose";
import { stopJobs } from "../../src/jobs/schedule.js";
import { whenAllWritten } from "../../src/lib/async/batch-writer.js";
import "../../src/server.js";
import { countCosts } from "./costs.js";
import type { Answers } from "./observed.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const counter = countCosts(mongoose.connection.getClient());

const answers: { [Question in keyof Answers]: () => Promise<Answers[Question]> } = {
  async stopJobs() {
    await stopJobs();
    await whenAllWritten();
    counter.take();
    return true;
  },
  async costs() {
    await whenAllWritten();
    return counter.take();
  },
  async memory() {
    counter.take(); // what it counted needs memory
    collectGarbage();
    collectGarbage(); // what the finalizers of the first one released
    return process.memoryUsage();
  },
};

process.on("message", async (question: keyof Answers) => process.send?.(await answers[question]()));
process.send?.("ready");
