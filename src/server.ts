// The supervisor: starts the embedded database, the web processes and the process of the jobs, and keeps them running.
// Usage: node dist/src/server.js [--workers N]. SIGTERM and SIGINT stop it, SIGHUP replaces its processes one by one.
import { config } from "./config/index.js";
import { type Embedded, startEmbedded } from "./database/embedded/index.js";
import { isLoopback } from "./lib/network/loopback.js";
import { log } from "./log.js";
import { readWorkers } from "./processes/arguments.js";
import { exit, exitOnUncaughtException, failToStart } from "./processes/ending.js";
import { supervise } from "./processes/supervisor.js";

/** The processes end within 4.5 seconds, and the embedded database needs some tenths. */
const GONE_WITHIN_MS = 4_900;
const EX_CONFIG = 78; // sysexits.h

exitOnUncaughtException();
const workers = chooseWorkers();
const starting: Promise<Embedded | null> = config.mongodbUri
  ? Promise.resolve(null)
  : startEmbedded({ dataDir: config.dataDir, log });
// Processes load the application while the engine starts.
const uri = starting.then((engine) => config.mongodbUri ?? engine?.uri ?? "");
const supervisor = supervise(workers, uri, (exitCode) => void stop(exitCode));
let isStopping = false;
process.on("SIGTERM", () => void stop(0));
process.on("SIGINT", () => void stop(0));
// A terminal that is closed sends SIGHUP, too.
process.on("SIGHUP", () => void (process.stdin.isTTY ? stop(0) : supervisor.restart()));

await starting.catch((error: Error) => {
  supervisor.kill();
  failToStart(error);
});
if (!config.production && config.https && !isLoopback(config.baseUrl.hostname))
  log.warn("BASE_URL is public, but NODE_ENV is not production: anyone can read all emails at /dev/mailbox");
if (config.production && !config.smtpUrl) log.warn("SMTP_URL is not set: emails wait in the queue, for a day at most");
if (config.production && !config.contactAddress)
  log.warn("CONTACT_ADDRESS is not set: emails can't tell users where to write to you");

const { setupUrl } = await supervisor.ready;
const setup = setupUrl ? `No accounts yet. Create the first superadmin at ${setupUrl}\n` : "";
const size = workers > 1 ? ` with ${workers} web processes (kill -HUP ${process.pid} replaces them)` : "";
process.stdout.write(`${setup}Postern is ready at ${config.baseUrl.origin}${size}\n`);

/** Stops all processes, then the embedded database. What is not gone in time is ended, or ends by itself later. */
async function stop(exitCode: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  setTimeout(() => {
    supervisor.kill();
    process.exit(exitCode);
  }, GONE_WITHIN_MS).unref();
  await supervisor.stop();
  await starting.then((engine) => engine?.stop());
  exit(exitCode);
}

function chooseWorkers(): number {
  try {
    return readWorkers(process.argv.slice(2)) ?? config.workers;
  } catch (error) {
    process.stderr.write(`Postern cannot start with these arguments:\n  ${(error as Error).message}\n`);
    process.exit(EX_CONFIG);
  }
}
