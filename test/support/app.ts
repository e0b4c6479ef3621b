import { sharing } from "./environment.js";
import "./jobs/timers.js";
import type { AddressInfo } from "node:net";
import { after } from "node:test";
import { createApp } from "../../src/app.js";
import { config } from "../../src/config/index.js";
import { openDatabase } from "../../src/database/open.js";
import { startJobs, stopJobs } from "../../src/jobs/schedule.js";
import { closePasswords, configurePasswords } from "../../src/lib/passwords/hash.js";
import { log } from "../../src/log.js";
import { createHttpServer } from "../../src/web/server/connections.js";
import { emptyDatabase } from "./database/empty.js";
import { temporaryEngine } from "./database/engine.js";

if (config.environment !== "test")
  throw new Error("The test imports src/config/index.js before support/environment.js");
configurePasswords({ pepper: config.passwordPepper, cost: config.bcryptCost, threads: 1 });
/** The engine of this test file, which tests may freeze or kill. */
export const engine = await temporaryEngine();
const database = await openDatabase({ uri: `${engine.uri}&monitorCommands=true`, dataDir: config.dataDir, log });
await startJobs();
/** The real server, whose idle connections stay open longer than tests wait. Tests may add listeners before the app. */
export const server = createHttpServer(createApp());
await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));

/** The address of this test file's application, which has its own database. */
export const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Sets the host of BASE_URL for page requests, like a proxy that forwards it. */
server.prependListener("request", ({ method, headers }) => {
  if (method === "GET" && `http://${headers.host}` === origin) headers.host = config.baseUrl.host;
});

/** Finishes the jobs in progress, and empties the database. */
export async function empty(): Promise<void> {
  await stopJobs();
  await emptyDatabase();
  await startJobs();
}

/** Stops the app. */
export async function close(): Promise<void> {
  server.closeAllConnections();
  server.close();
  await stopJobs();
  await database.close();
  await closePasswords();
}

if (!sharing.isShared) after(close);
