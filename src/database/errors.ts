import { mongo } from "mongoose";

/** No database responds at the address. */
export class DatabaseUnreachable extends Error {
  override name = "DatabaseUnreachable";
}

/** A restore has begun in this database and has not ended. */
export class RestoreUnfinished extends Error {
  override name = "RestoreUnfinished";
  constructor(since: Date) {
    super(
      `A restore began in this database on ${since.toISOString()} and has not finished, so a part of the data is missing. If it is not running any more, run it again: npm run restore -- --again FILE`,
    );
  }
}

/** An index that the application needs could not be built. */
export class IndexFailed extends Error {
  override name = "IndexFailed";
}

/** MongoDB's code for a write that violates a unique index. */
const DUPLICATE_KEY = 11000;

/**
 * Returns true if a write failed because of a unique index.
 * @param field if given, the index must include this field
 */
export function isDuplicate(error: unknown, field?: string): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, keyPattern } = error as { code?: unknown; keyPattern?: object };
  return code === DUPLICATE_KEY && (field === undefined || Object.hasOwn(keyPattern ?? {}, field));
}

/** Names of errors that mean "no response", from the driver, from Mongoose and from this application. */
const NO_ANSWER = new Set([
  "DatabaseUnreachable",
  "DeadlineExceeded", // lib/async/timeout.ts
  "MongoClientClosedError",
  "MongoNetworkError",
  "MongoNetworkTimeoutError",
  "MongoNotConnectedError",
  "MongoOperationTimeoutError",
  "MongoPoolClearedError",
  "MongoPoolClosedError",
  "MongoServerClosedError",
  "MongoServerSelectionError",
  "MongoTopologyClosedError",
  "MongoWaitQueueTimeoutError",
  "MongooseServerSelectionError",
  "PoolClearedOnNetworkError",
]);
/**
 * MongoDB's codes for temporary errors. Unreachable: 6, 7, 89, 9001. Too slow: 50, 262, and 64 (other members have not
 * confirmed a write). Shutting down or electing another primary: 91, 134, 189, 10107, 11600, 11602, 13435, 13436. The
 * retryable ones are from
 * https://github.com/mongodb/specifications/blob/master/source/retryable-reads/retryable-reads.md
 */
const PASSING = [...[6, 7, 89, 9001], ...[91, 134, 189, 10107, 11600, 11602, 13435, 13436]];
const NOT_NOW = new Set<unknown>([...PASSING, ...[50, 262, 64]]);
const TIME_LIMIT_EXCEEDED = 50;

/** Returns true if a read failed because a connection was lost or another primary is elected: the next one may succeed. */
export const isPassing = (error: unknown): boolean =>
  error instanceof mongo.MongoNetworkError || PASSING.includes((error as { code?: number } | null)?.code ?? 0);

/** Returns true if the server ended a query at its `maxTimeMS`. */
export const isTimedOut = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === TIME_LIMIT_EXCEEDED;

/** Error labels by which the server allows a retry. */
const TRY_AGAIN = ["RetryableError", "RetryableWriteError", "SystemOverloadedError", "TransientTransactionError"];
/** Node's error codes for a connection that breaks during a write. */
const BROKEN_CONNECTION = new Set<unknown>(["EPIPE", "ECONNRESET"]);

/**
 * Returns true if an operation failed because the database was unavailable or too busy, so that a retry may succeed.
 * Also checks the cause of the error.
 */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errorLabels, errorResponse } = error as {
    code?: unknown;
    errorLabels?: unknown;
    errorResponse?: unknown;
  };
  if (NO_ANSWER.has(error.name) || NOT_NOW.has(code) || BROKEN_CONNECTION.has(code)) return true;
  if (Array.isArray(errorLabels) && TRY_AGAIN.some((label) => errorLabels.includes(label))) return true;
  return isUnavailable(error.cause) || isUnavailable(errorResponse); // a bulk write has its error in errorResponse
}
