// The process of the background jobs, so that none of them delays a page. The supervisor (server.ts) starts it.
import { setPriority } from "node:os";
import { config } from "../config/index.js";
import { openDatabase } from "../database/open.js";
import { lookForJobs } from "../jobs/queue.js";
import { startJobs, stopJobs } from "../jobs/schedule.js";
import { log } from "../log.js";
import { observeDatabase } from "../metrics/database.js";
import { startMetrics } from "../services/operations/metrics.js";
import { endWithSupervisor, exit, exitOnUncaughtException, exitWithin, failToStart, GONE_WITHIN_MS } from "./ending.js";
import { reportMeasures, shareMetrics } from "./measures.js";
import { onOrder, report, startOrder } from "./messages.js";

/** Lower than that of web processes, because pages come first. */
const PRIORITY = 5;

exitOnUncaughtException();
setPriority(PRIORITY);
let finish = async () => exit(0);
endWithSupervisor(() => finish());
onOrder("retire", () => {
  exitWithin(GONE_WITHIN_MS);
  void finish();
});

const { uri } = await startOrder();
const observe = config.metrics ? observeDatabase : undefined;
const database = await openDatabase({ uri, dataDir: config.dataDir, log, observe }).catch(failToStart);
if (config.metrics) {
  startMetrics();
  shareMetrics();
}
const starting = startJobs();
let finishing: Promise<void> | undefined;
/** Finishes the jobs in progress or returns them to the queue, and exits. A queue that is just starting starts first. */
finish = () => {
  finishing ??= starting
    .then(stopJobs)
    .then(config.metrics ? reportMeasures : undefined)
    .then(database.close)
    .then(() => exit(0));
  return finishing;
};

await starting;
onOrder("look-for", ({ name }) => void lookForJobs(name));
void report({ type: "ready" });
