// A web process without a supervisor and without jobs, with an answer to the questions of the benchmark. Each question and
// each answer is a message between the processes.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import mongoose from "mongoose";
import { createApp } from "../../src/app.js";
import { config } from "../../src/config/index.js";
import { openDatabase } from "../../src/database/open.js";
import { declareHooks } from "../../src/jobs/events.js";
import { whenAllWritten } from "../../src/lib/async/batch-writer.js";
import { closePasswords, configurePasswords } from "../../src/lib/passwords/hash.js";
import { log } from "../../src/log.js";
import { createHttpServer } from "../../src/web/server/connections.js";
import { countCosts } from "./costs.js";
import type { Answers } from "./observed.js";

configurePasswords({ pepper: config.passwordPepper, cost: config.bcryptCost });
const database = await openDatabase({ uri: config.mongodbUri, dataDir: config.dataDir, log });
declareHooks(); // a post without readers of its event writes no job
const server = createHttpServer(createApp()).listen(config.port, config.host);
process.once("SIGTERM", async () => {
  server.close();
  server.closeAllConnections();
  await closePasswords();
  await database.close();
  process.exit(0);
});

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const counter = countCosts(mongoose.connection.getClient());

const answers: { [Question in keyof Answers]: () => Promise<Answers[Question]> } = {
  async begin() {
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
