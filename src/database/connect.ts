import mongoose, { type Connection, type ConnectOptions } from "mongoose";
import { enforceDeadlines } from "./deadlines.js";
import { DatabaseUnreachable } from "./errors.js";

export interface ConnectSettings {
  uri: string;
  /** The most a query may run on the server, in milliseconds. */
  queryMs?: number;
  /** The most an operation waits for a server or for a free connection, in milliseconds. */
  waitMs?: number;
  /** The most an operation takes altogether, in milliseconds (deadlines.ts). */
  operationMs?: number;
  /** The most connections this process opens. */
  poolSize?: number;
}

/** The embedded engine runs only eight commands at a time, so a slow query is everybody's. */
const QUERY_MS = 5_000;
const WAIT_MS = 5_000;
/** A query's time, and two seconds for the answer of a database that has ended it. */
const OPERATION_MS = 7_000;
const POOL_SIZE = 20;

/**
 * Connects Mongoose to a MongoDB 7 or newer, embedded or not. Needs neither transactions nor sessions of it.
 * @throws DatabaseUnreachable when none answers within a few seconds
 */
export async function connectDatabase({
  uri,
  queryMs,
  waitMs = WAIT_MS,
  operationMs = OPERATION_MS,
  poolSize,
}: ConnectSettings): Promise<Connection> {
  enforceDeadlines(operationMs);
  mongoose.set("sanitizeFilter", true);
  mongoose.set("strictQuery", "throw"); // a filter on an unknown field would otherwise lose it, and match everything
  mongoose.set("maxTimeMS", queryMs ?? QUERY_MS);
  const options: ConnectOptions = {
    appName: "postern",
    maxPoolSize: poolSize ?? POOL_SIZE,
    serverSelectionTimeoutMS: waitMs,
    connectTimeoutMS: waitMs,
    waitQueueTimeoutMS: waitMs,
    // When an engine does not stream its state as the driver expects, the driver takes that for a lost connection and clears the
    // pool, once a second; from a round trip of 100 ms on, operations fail by it (docs/decisions/0022-deadlines.md).
    ...(!/[?&]serverMonitoringMode=/i.test(uri) && { serverMonitoringMode: "poll" }),
    // An answer means: on the disk, and on most members of a replica set. Whoever names a `w` in the address gets that:
    // the embedded engine waits for its journal with w=1 only (docs/decisions/0001-embedded-engine.md).
    ...(!/[?&]w=/.test(uri) && { writeConcern: { w: "majority", journal: true } }),
    autoIndex: false, // ensureIndexes() does, at a time of our choosing
    autoCreate: false,
    bufferCommands: false, // the driver waits for a server by itself
  };
  try {
    return (await mongoose.connect(uri, options)).connection;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseUnreachable(`No MongoDB answers at ${withoutPassword(uri)}: ${reason}`, { cause });
  }
}

function withoutPassword(uri: string): string {
  return uri.replace(/\/\/.*@/, "//…@");
}

/** Closes the connections of this process, letting what is under way finish. */
export async function disconnect(): Promise<void> {
  await mongoose.connection.close();
}
