import { setFlagsFromString } from "node:v8";
import { createApp } from "./app.js";
import { config } from "./config/index.js";
import { openDatabase } from "./database/open.js";
import { startJobs, stopJobs } from "./jobs/schedule.js";
import { closePasswords, configurePasswords } from "./lib/passwords/hash.js";
import { log } from "./log.js";
import { findSetupUrl } from "./services/account/setup.js";
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
const database = await openDatabase({ uri: config.mongodbUri, dataDir: config.dataDir, log }).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit("exitCode" in error ? Number(error.exitCode) : 1);
});

await startJobs();
if (config.production && !config.smtpUrl) log.warn("SMTP_URL is not set: emails wait in the queue, for a day at most");
if (config.production && !config.contactAddress)
  log.warn("CONTACT_ADDRESS is not set: emails can't tell users where to write to you");

const server = createHttpServer(createApp());
const closeServer = closeGently(server);
server.on("error", (error) => {
  process.stderr.write(`Postern cannot listen on ${config.host}:${config.port}: ${error.message}\n`);
  void stop(1);
});
const firstAccount = await findSetupUrl();
server.listen(config.port, config.host, () => {
  const setup = firstAccount ? `No accounts yet. Create the first superadmin at ${firstAccount}\n` : "";
  process.stdout.write(`${setup}Postern is ready at ${config.baseUrl.origin}\n`);
});

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
  await stopJobs();
  await closePasswords();
  await database.close();
  log.flush(() => process.exit(exitCode));
}

process.on("SIGTERM", () => void stop(0));
process.on("SIGINT", () => void stop(0));
