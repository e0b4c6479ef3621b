import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Embedded, startEmbedded } from "../../src/database/embedded/index.js";
import { closePasswords, configurePasswords } from "../../src/lib/passwords/hash.js";
import { type DataSet, fill, openSessions } from "./data.js";
import { type Running, startApp } from "./processes.js";

const BASE_URL = "https://bench.example.org";
/** The bcrypt cost in production. */
export const COST = 12;

/** A temporary data directory with an open embedded database. */
export interface Stage {
  directory: string;
  engine: Embedded;
  /** Closes the database. The directory stays. */
  close(): Promise<void>;
  secrets: { SESSION_SECRET: string; PASSWORD_PEPPER: string };
}

/** The application with one data set. */
export interface Scene extends DataSet {
  app: Running;
  /** The environment of the application, and where it writes its log. */
  environment: Record<string, string>;
  logFile: string;
}

const log = { info: () => undefined, warn: console.warn, error: console.error };

/** Creates an empty data directory. It is deleted when this process ends. */
export async function openStage(): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), "postern-bench-"));
  const fresh = () => randomBytes(36).toString("base64");
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  let engine: Embedded | undefined;
  process.once("exit", () => {
    if (engine?.pid) process.kill(engine.pid, "SIGKILL");
    rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
  });
  engine = await startEmbedded({ dataDir: directory, log });
  const opened = engine;
  const close = async () => {
    engine = undefined;
    await opened.stop();
  };
  return { directory, engine, close, secrets: { SESSION_SECRET: fresh(), PASSWORD_PEPPER: fresh() } };
}

/** Writes a data set into its own database, and starts the application with it in production mode. */
export async function openScene(stage: Stage, database: string, size: number, posts: number): Promise<Scene> {
  const uri = stage.engine.uri.replace("/postern?", `/${database}?`);
  configurePasswords({ pepper: stage.secrets.PASSWORD_PEPPER, cost: COST, threads: 1 });
  const data = await fill(uri, size, posts);
  await closePasswords();
  const [environment, logFile] = [production(stage, uri), join(stage.directory, "app.log")];
  const app = await startApp(environment, logFile);
  await openSessions(uri, app.origin, data.people, stage.secrets.SESSION_SECRET);
  return { ...data, app, environment, logFile };
}

/** Returns the environment of the application in production. */
function production({ directory, secrets }: Stage, uri: string): Record<string, string> {
  return {
    ...secrets,
    NODE_ENV: "production",
    MONGODB_URI: uri,
    DATA_DIR: directory,
    BASE_URL,
    TRUST_PROXY: "1",
    LOG_LEVEL: "info",
    RATE_LIMITS: "on",
  };
}
