import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";
import { temporaryDirectory, temporaryEngine } from "../database/engine.js";

const { uri } = await temporaryEngine();
Object.assign(process.env, {
  NODE_ENV: "production",
  BASE_URL: "https://accounts.example.org",
  MONGODB_URI: uri,
  DATA_DIR: temporaryDirectory(),
  SESSION_SECRET: "kT9cVb3mQw8zLx5nRj2hGf7dYs4pAe6u,older-kT9cVb3mQw8zLx5nRj2hGf7dYs4pAe6u",
  PASSWORD_PEPPER: "uN4bXq7eWz2rTk9mVc5jHs8yLg3dPf6a",
  BCRYPT_COST: "10",
  LOG_LEVEL: "silent",
});
for (const name of ["PORT", "HOST", "TRUST_PROXY", "APP_NAME", "RATE_LIMITS"]) delete process.env[name];

const { createApp } = await import("../../../src/app.js");
const { config } = await import("../../../src/config/index.js");
const { openDatabase } = await import("../../../src/database/open.js");
const { closePasswords, configurePasswords } = await import("../../../src/lib/passwords/hash.js");
const { log } = await import("../../../src/log.js");

configurePasswords({ pepper: config.passwordPepper, cost: config.bcryptCost, threads: 1 });
const database = await openDatabase({ uri, dataDir: config.dataDir, log });
const server = createServer(createApp());
await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));

/** The application in production mode, behind an https proxy. */
export const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Acts like that proxy, which forwards the host of BASE_URL. */
server.prependListener("request", ({ headers }) => {
  if (`http://${headers.host}` === origin) headers.host = config.baseUrl.host;
});

after(async () => {
  server.closeAllConnections();
  server.close();
  await database.close();
  await closePasswords();
});
