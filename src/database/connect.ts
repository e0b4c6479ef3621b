import mongoose, { type Connection, type ConnectOptions } from "mongoose";
import { enforceDeadlines } from "./deadlines.js";
import { DatabaseUnreachable } from "./errors.js";

export interface ConnectSettings {
  uri: string;
  /** Longest time of a query on the server, in milliseconds. */
  queryMs?: number;
  /** Longest wait for a server or a free connection, in milliseconds. */
  waitMs?: number;
  /** Longest time of a whole operation, in milliseconds (deadlines.ts). */
  operationMs?: number;
  /** Most connections of this process. */
  poolSize?: number;
}

/** The embedded engine runs only eight commands at a time, so a slow query slows every request down. */
const QUERY_MS = 5_000;
const WAIT_MS = 5_000;
/** The time of a query, plus two seconds for the answer of a database that has ended it. */
const OPERATION_MS = 7_000;
const POOL_SIZE = 20;

/**
 * Connects Mongoose to MongoDB 7 or newer, embedded or not. It needs neither transactions nor sessions.
 * @throws DatabaseUnreachable if none answers within a few seconds
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
  mongoose.set("strictQuery", "throw"); // otherwise a filter on an unknown field would be dropped, and match everything
  mongoose.set("maxTimeMS", queryMs ?? QUERY_MS);
  const options: ConnectOptions = {
    appName: "postern",
    maxPoolSize: poolSize ?? POOL_SIZE,
    serverSelectionTimeoutMS: waitMs,
    connectTimeoutMS: waitMs,
    waitQueueTimeoutMS: waitMs,
    // If an engine does not stream its state as the driver expects, the driver assumes a lost connection and clears the pool once a
    // second. From a round trip of 100 ms on, operations fail because of that (docs/decisions/0022-deadlines.md).
    ...(!/[?&]serverMonitoringMode=/i.test(uri) && { serverMonitoringMode: "poll" }),
    // A write is confirmed only once it is on disk, and on most members of a replica set. A `w` in the address overrides that:
    // the embedded engine waits for its journal only with w=1 (docs/decisions/0001-embedded-engine.md).
    ...(!/[?&]w=/.test(uri) && { writeConcern: { w: "majority", journal: true } }),
    autoIndex: false, // ensureIndexes() creates them, at a time that we choose
    autoCreate: false,
    bufferCommands: false, // the driver itself waits for a server
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

/** Closes the connections of this process after operations in progress have finished. */
export async function disconnect(): Promise<void> {
  await mongoose.connection.close();
}
