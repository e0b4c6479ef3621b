// A web process: serves pages and the API. The supervisor (server.ts) starts it.
import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";
import { createApp, createMetricsApp } from "../app.js";
import { config } from "../config/index.js";
import { openDatabase } from "../database/open.js";
import { forwardJobs } from "../jobs/enqueue.js";
import { declareHooks } from "../jobs/events.js";
import { loadExpected } from "../lib/load-later.js";
import { closePasswords, configurePasswords } from "../lib/passwords/hash.js";
import { log } from "../log.js";
import { observeDatabase } from "../metrics/database.js";
import { findSetupUrl } from "../services/account/setup.js";
import { assertSecrets } from "../services/operations/doctor/secrets.js";
import { startMetrics } from "../services/operations/metrics.js";
import { createHttpServer } from "../web/server/connections.js";
import { announceStop, closeGently, retireLimits, type ShutdownLimits, stopLimits } from "../web/server/shutdown.js";
import { endWithSupervisor, exit, exitOnUncaughtException, exitWithin, failToStart, GONE_WITHIN_MS } from "./ending.js";
import { reportMeasures, shareMetrics } from "./measures.js";
import { onOrder, report, startOrder } from "./messages.js";

/** The first request comes first. */
const LOAD_AFTER_MS = 1_000;

exitOnUncaughtException();
// Lets the heap grow in small steps. With the default, it takes twice the memory under load and is no faster.
setFlagsFromString("--heap-growing-percent=40");

let finish = async (_limits: ShutdownLimits) => exit(0);
endWithSupervisor(async () => {
  announceStop();
  await finish(stopLimits(config.production));
});
onOrder("retire", () => {
  exitWithin(retireLimits.graceMs + GONE_WITHIN_MS);
  void finish(retireLimits);
});

const { uri, share } = await startOrder();
const threads = Math.ceil(availableParallelism() / share);
configurePasswords({ pepper: config.passwordPepper, cost: config.bcryptCost, threads });
const observe = config.metrics ? observeDatabase : undefined;
const database = await openDatabase({ uri, dataDir: config.dataDir, log, observe }).catch(failToStart);
// With the wrong pepper, no login would work, and new passwords would get hashes that the right one does not match.
await assertSecrets().catch(async (error: Error) => {
  await database.close();
  failToStart(error);
});
if (config.metrics) {
  startMetrics();
  shareMetrics();
}
declareHooks();
forwardJobs((name) => void report({ type: "queued", name }));

const server = createHttpServer(createApp());
const closeServer = closeGently(server);
let finishing: Promise<void> | undefined;
/** Accepts no new requests, finishes those in progress, and exits. */
finish = (limits) => {
  finishing ??= Promise.all([closeServer(limits), closeMetricsServer(limits)])
    .then(config.metrics ? reportMeasures : undefined)
    .then(closePasswords)
    .then(database.close)
    .then(() => exit(0));
  return finishing;
};

const metricsServer = createHttpServer(createMetricsApp());
const closeMetricsServer = closeGently(metricsServer);

const failToListen = (host: string, port: number) => (error: Error) =>
  failToStart(new Error(`Postern cannot listen on ${host}:${port}: ${error.message}`));
server.on("error", failToListen(config.host, config.port));
if (config.metrics?.port) {
  const { host, port } = config.metrics;
  metricsServer.on("error", failToListen(host, port)).listen(port, host);
}
const setupUrl = await findSetupUrl();
server.listen(config.port, config.host, () => {
  void report({ type: "ready", setupUrl });
  setTimeout(() => void loadExpected(), LOAD_AFTER_MS).unref();
});
