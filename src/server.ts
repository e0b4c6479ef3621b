import { setFlagsFromString } from "node:v8";
import { createApp, createMetricsApp } from "./app.js";
import { config } from "./config/index.js";
import { openDatabase } from "./database/open.js";
import { startJobs, stopJobs } from "./jobs/schedule.js";
import { closePasswords, configurePasswords } from "./lib/passwords/hash.js";
import { log } from "./log.js";
import { observeDatabase } from "./metrics/database.js";
import { findSetupUrl } from "./services/account/setup.js";
import { assertSecrets } from "./services/doctor/secrets.js";
import { startMetrics } from "./services/metrics.js";
import { createHttpServer } from "./web/server/connections.js";
import { announceStop, closeGently, stopLimits } from "./web/server/shutdown.js";

// After an uncaught exception, the state of the process is unknown. It logs the error and exits (ASVS V16.5.4).
process.on("uncaughtException", (error) => {
  log.fatal({ err: error }, "uncaught exception");
  log.flush(() => process.exit(1));
});

// Lets the heap grow in small steps. With the default, it takes twice the memory under load and is no faster.
setFlagsFromString("--heap-growing-percent=40");

configurePasswords({ pepper: config.passwordPepper, cost: config.bcryptCost });
const quit = (error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit("exitCode" in error ? Number(error.exitCode) : 1);
};
const observe = config.metrics ? observeDatabase : undefined;
const database = await openDatabase({ uri: config.mongodbUri, dataDir: config.dataDir, log, observe }).catch(quit);
// With the wrong pepper, no login would work, and new passwords would get hashes that the right one does not match.
await assertSecrets().catch(async (error: Error) => {
  await database.close();
  quit(error);
});

await startJobs();
if (config.metrics) startMetrics();
if (config.production && !config.smtpUrl) log.warn("SMTP_URL is not set: emails wait in the queue, for a day at most");
if (config.production && !config.contactAddress)
  log.warn("CONTACT_ADDRESS is not set: emails can't tell users where to write to you");

const server = createHttpServer(createApp());
const closeServer = closeGently(server);
server.on("error", (error) => fail(config.host, config.port, error));
const metricsServer = createHttpServer(createMetricsApp());
if (config.metrics?.port) {
  const { host, port } = config.metrics;
  metricsServer.on("error", (error) => fail(host, port, error)).listen(port, host);
}
const firstAccount = await findSetupUrl();
server.listen(config.port, config.host, () => {
  const setup = firstAccount ? `No accounts yet. Create the first superadmin at ${firstAccount}\n` : "";
  process.stdout.write(`${setup}Postern is ready at ${config.baseUrl.origin}\n`);
});

function fail(host: string, port: number, error: Error): void {
  process.stderr.write(`Postern cannot listen on ${host}:${port}: ${error.message}\n`);
  void stop(1);
}

/** Supervisors send SIGKILL later than this. What is still under way is cut off; jobs start again elsewhere. */
const STOP_WITHIN_MS = 4_500;
let stopping = false;
/** Accepts no new requests, finishes those in progress, then closes the database. */
async function stop(exitCode: number) {
  if (stopping) return;
  stopping = true;
  announceStop();
  setTimeout(() => process.exit(exitCode), STOP_WITHIN_MS).unref();
  await closeServer(stopLimits(config.production));
  metricsServer.close();
  metricsServer.closeAllConnections();
  await stopJobs();
  await closePasswords();
  await database.close();
  log.flush(() => process.exit(exitCode));
}

process.on("SIGTERM", () => void stop(0));
process.on("SIGINT", () => void stop(0));
