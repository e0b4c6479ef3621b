// Every database operation has a deadline, whichever library starts it: Mongoose, the driver's collections and cursors,
// connect-mongo, Agenda, rate-limiter-flexible, GridFS. No option of the driver ensures that: mongodb 7.9 ignores
// timeoutMS, and a command that waits for the `drain` of its socket notices neither socketTimeoutMS nor a closed
// socket. So this file wraps two of the driver's functions.
//
// Example 1: the database freezes while a page reads its session.
//   0.0 s  The read takes a connection from the pool and is sent.
//   7.0 s  There is no response. The read fails with a MongoOperationTimeoutError, its connection is closed, and the
//          page is a 503. There is no retry, because a frozen database would only delay the next attempt too.
// Example 2: the engine is killed, and a page reads its session before the driver sees the socket's `close`.
//   0.000 s  The read is written to a destroyed socket: `write` returns false, and `drain` never comes.
//   0.001 s  The socket closes, and the write fails with the connection's error, a MongoNetworkError. As after every
//            lost connection, the driver clears the pool and retries a read once. It does not repeat a write, because
//            the database may have applied it; the page is a 503.
import { createRequire } from "node:module";
import mongoose from "mongoose";

/** The part of a driver operation that this file uses: one find, insert, getMore or other command, with its retries. */
type Operation = { commandName: string; options: { signal?: AbortSignal; maxTimeMS?: number } };
type Execute = (client: unknown, operation: Operation, timeoutContext?: unknown) => Promise<unknown>;
/** The part of a driver connection that this file uses. The monitor and unfinished handshakes also have connections. */
type Connection = {
  error: Error | null;
  once(event: "close", listener: () => void): void;
  off(event: "close", listener: () => void): void;
};
type Write = (this: Connection, command: unknown, options: unknown) => Promise<void>;

/** Time for a response to arrive after the server has ended a query at its `maxTimeMS`. */
const ANSWER_MS = 2_000;
const INDEX_BUILD_MS = 3_600_000;
/** The driver closes a cursor on the server before it reports the error that ended the cursor. */
const CLOSE_CURSOR_MS = 1_000;

let deadlineMs = Number.POSITIVE_INFINITY;
let isInstalled = false;

/**
 * Gives every later driver operation in this process a deadline.
 * @param ms maximum time of an operation, including waits for a server, a connection and a retry; an operation with a
 * longer `maxTimeMS` gets that time and two seconds
 * @throws Error if this version of the driver is unknown
 */
export function enforceDeadlines(ms: number): void {
  deadlineMs = ms;
  if (isInstalled) return;
  const require = createRequire(import.meta.url);
  if (require("mongodb").MongoClient !== mongoose.mongo.MongoClient)
    throw new Error("Mongoose uses another copy of the MongoDB driver");
  wrap(require("mongodb/lib/operations/execute_operation.js"), "executeOperation", withDeadline);
  wrap(require("mongodb/lib/cmap/connection.js").Connection.prototype, "writeCommand", endedByClose);
  isInstalled = true;
}

/** Lets index builds take an hour while `work` runs. Use it only at start, when nothing else uses the database. */
export async function whileIndexesAreBuilt(work: () => Promise<void>): Promise<void> {
  const usual = deadlineMs;
  deadlineMs = INDEX_BUILD_MS;
  await work().finally(() => {
    deadlineMs = usual;
  });
}

/** Wraps a function of the driver. @throws Error if this version of the driver lacks it */
function wrap<Wrapped>(owner: Record<string, Wrapped>, name: string, wrapper: (original: Wrapped) => Wrapped): void {
  const original = owner[name];
  if (typeof original !== "function") throw new Error(`This version of the MongoDB driver has no ${name}`);
  owner[name] = wrapper(original);
}

/**
 * Ends an operation at its deadline: aborts it by its signal, which frees its resources, and rejects for the caller in
 * any case.
 */
const withDeadline =
  (execute: Execute): Execute =>
  (client, operation, timeoutContext) =>
    new Promise((resolve, reject) => {
      const ms = timeFor(operation);
      const deadline = new AbortController();
      const signals = [deadline.signal, operation.options.signal].filter((signal) => signal !== undefined);
      const signal = signals.length > 1 ? AbortSignal.any(signals) : deadline.signal;
      operation.options = { ...operation.options, signal };
      const timer = setTimeout(() => {
        const error = new mongoose.mongo.MongoOperationTimeoutError(`${operation.commandName}: no answer in ${ms} ms`);
        deadline.abort(error);
        reject(error);
      }, ms);
      execute(client, operation, timeoutContext)
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });

function timeFor({ commandName, options }: Operation): number {
  if (commandName === "killCursors") return Math.min(deadlineMs, CLOSE_CURSOR_MS);
  return Math.max(deadlineMs, (options.maxTimeMS ?? 0) + ANSWER_MS);
}

/**
 * Fails a write when its connection closes. It uses the connection's error, because the driver decides about retries by
 * it.
 */
const endedByClose = (write: Write): Write =>
  function (command, options) {
    return new Promise((resolve, reject) => {
      const fail = (error?: unknown) => reject(this.error ?? error);
      this.once("close", fail);
      write
        .call(this, command, options)
        .then(resolve, fail)
        .finally(() => this.off("close", fail));
    });
  };
