import mongoose, { type Connection, type ConnectOptions } from "mongoose";
import { whenAllWritten } from "../lib/async/batch-writer.js";
import { enforceDeadlines } from "./deadlines.js";
import { DatabaseUnreachable } from "./errors.js";

export interface ConnectSettings {
  uri: string;
  /** Time limit of a query on the server, in milliseconds. */
  queryMs?: number;
  /** Time limit of waiting for a server or a free connection, in milliseconds. */
  waitMs?: number;
  /** Time limit of a whole operation, in milliseconds (deadlines.ts). */
  operationMs?: number;
  /** Maximum number of connections of this process. */
  poolSize?: number;
  /** Gets the client before it connects, for example to count its commands. */
  observe?: ((client: MongoClient, poolSize: number) => void) | undefined;
}

type MongoClient = ReturnType<Connection["getClient"]>;

/** The embedded engine runs only eight commands at a time, so one slow query slows down every request. */
const QUERY_MS = 5_000;
const WAIT_MS = 5_000;
/** The time limit of a query, plus two seconds for the response of a database that has ended it. */
const OPERATION_MS = 7_000;
const POOL_SIZE = 20;

/**
 * Connects Mongoose to MongoDB 7 or newer, or to the embedded engine. Works without transactions and sessions.
 * @throws DatabaseUnreachable if no server responds within a few seconds
 */
export async function connectDatabase({
  uri,
  queryMs,
  waitMs = WAIT_MS,
  operationMs = OPERATION_MS,
  poolSize = POOL_SIZE,
  observe,
}: ConnectSettings): Promise<Connection> {
  enforceDeadlines(operationMs);
  mongoose.set("sanitizeFilter", true);
  mongoose.set("strictQuery", "throw"); // otherwise a filter on an unknown field matches everything
  mongoose.set("maxTimeMS", queryMs ?? QUERY_MS);
  const options: ConnectOptions = {
    appName: "postern",
    maxPoolSize: poolSize,
    ...(observe && { monitorCommands: true }),
    serverSelectionTimeoutMS: waitMs,
    connectTimeoutMS: waitMs,
    waitQueueTimeoutMS: waitMs,
    // The driver expects a stream of the server's state. If an engine does not send one, the driver assumes a lost
    // connection and clears the pool once a second. If a round trip takes 100 ms or more, operations then fail
    // (docs/decisions/0022-deadlines.md).
    ...(!/[?&]serverMonitoringMode=/i.test(uri) && { serverMonitoringMode: "poll" }),
    // A write is confirmed only when it is on disk, and on most members of a replica set. A `w` in the address
    // overrides this: the embedded engine waits for its journal only with w=1 (docs/decisions/0001-embedded-engine.md).
    ...(!/[?&]w=/.test(uri) && { writeConcern: { w: "majority", journal: true } }),
    autoIndex: false, // ensureIndexes() creates them
    autoCreate: false,
    bufferCommands: false, // the driver already waits for a server
  };
  try {
    const connecting = mongoose.connect(uri, options);
    observe?.(mongoose.connection.getClient(), poolSize); // Mongoose has made it, and waits for its connection
    return (await connecting).connection;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseUnreachable(`No MongoDB answers at ${withoutPassword(uri)}: ${reason}`, { cause });
  }
}

function withoutPassword(uri: string): string {
  return uri.replace(/\/\/.*@/, "//…@");
}

/** Closes the connections of this process when the operations in progress have finished, and writes nobody waits for. */
export async function disconnect(): Promise<void> {
  await whenAllWritten();
  await mongoose.connection.close();
}
