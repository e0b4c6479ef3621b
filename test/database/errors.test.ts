import assert from "node:assert/strict";
import { test } from "node:test";
import mongoose from "mongoose";
import { isUnavailable } from "../../src/database/errors.js";
import { DeadlineExceeded } from "../../src/lib/async/timeout.js";

const { mongo } = mongoose;
type ErrorClass = { prototype: Error };

/** The driver errors that mean that the database is unavailable or too busy. Every kind of error must be listed. */
const unavailable = [
  "MongoClientClosedError",
  "MongoNetworkError",
  "MongoNetworkTimeoutError",
  "MongoNotConnectedError",
  "MongoOperationTimeoutError",
  "MongoServerClosedError",
  "MongoServerSelectionError",
  "MongoTopologyClosedError",
];
const faults = [
  ...["MongoError", "MongoDriverError", "MongoServerError", "MongoSystemError", "MongoRuntimeError", "MongoAPIError"],
  ...["MongoAWSError", "MongoAzureError", "MongoGCPError", "MongoKerberosError", "MongoOIDCError"],
  ...["MongoMissingCredentialsError", "MongoMissingDependencyError", "MongoInvalidArgumentError", "MongoParseError"],
  ...["MongoBatchReExecutionError", "MongoBulkWriteError", "MongoClientBulkWriteCursorError"],
  ...["MongoClientBulkWriteError", "MongoClientBulkWriteExecutionError", "MongoWriteConcernError"],
  ...["MongoCursorExhaustedError", "MongoCursorInUseError", "MongoTailableCursorError", "MongoChangeStreamError"],
  ...["MongoCompatibilityError", "MongoDecompressionError", "MongoUnexpectedServerResponseError"],
  ...["MongoGridFSChunkError", "MongoGridFSStreamError", "MongoExpiredSessionError", "MongoTransactionError"],
  ...["MongoStalePrimaryError", "MongoCryptError", "MongoCryptAzureKMSRequestError", "MongoCryptCreateDataKeyError"],
  ...[
    "MongoCryptCreateEncryptedCollectionError",
    "MongoCryptInvalidArgumentError",
    "MongoCryptKMSRequestNetworkTimeoutError",
  ],
];

test("every driver error is classified as unavailable or as a fault", () => {
  const classes = Object.entries(mongo).filter(([name]) => /^Mongo.*Error$/.test(name)) as unknown as [
    string,
    ErrorClass,
  ][];
  assert.ok(classes.length > 30);
  const known = new Set([...unavailable, ...faults]);
  assert.deepEqual(
    classes.map(([name]) => name).filter((name) => !known.has(name)),
    [],
  );
  for (const [name, { prototype }] of classes) {
    const error = Object.assign(new Error(name), { name: prototype.name });
    assert.equal(isUnavailable(error), unavailable.includes(name), name);
  }
});

test("pool errors that the driver does not export are classified: cleared, closed, or no connection in time", () => {
  const names = [
    "PoolClearedOnNetworkError",
    "MongoPoolClearedError",
    "MongoPoolClosedError",
    "MongoWaitQueueTimeoutError",
  ];
  for (const name of names) assert.equal(isUnavailable(Object.assign(new Error("pool"), { name })), true, name);
});

test("temporary error codes of the server count as unavailable", () => {
  const elections = [91, 189, 10107, 11600, 11602, 13435, 13436];
  for (const code of [...elections, 6, 7, 50, 64, 89, 134, 262, 9001])
    assert.equal(isUnavailable(new mongo.MongoServerError({ message: "no", code })), true, String(code));
  for (const code of [2, 13, 26, 121, 11000, 11601, undefined])
    assert.equal(isUnavailable(new mongo.MongoServerError({ message: "no", code })), false, String(code));
});

test("retry labels of the server count as unavailable", () => {
  for (const label of ["RetryableWriteError", "SystemOverloadedError", "TransientTransactionError"])
    assert.equal(isUnavailable(new mongo.MongoServerError({ message: "no", errorLabels: [label] })), true, label);
});

test("an unavailable database is detected as the cause of another error", () => {
  const cause = new mongo.MongoNetworkError("gone");
  assert.equal(isUnavailable(new Error("could not", { cause })), true);
  assert.equal(isUnavailable(new Error("could not", { cause: new Error("either", { cause }) })), true);
  assert.equal(isUnavailable(new mongo.MongoServerError(cause as never)), true, "as a bulk write stores it");
  assert.equal(isUnavailable(new Error("could not", { cause: new TypeError("bug") })), false);
});

test("our own deadlines, and connections that break during a write, count as unavailable", () => {
  assert.equal(isUnavailable(new DeadlineExceeded()), true);
  for (const code of ["EPIPE", "ECONNRESET"])
    assert.equal(isUnavailable(Object.assign(new Error("x"), { code })), true);
  for (const other of [null, undefined, "MongoNetworkError", { name: "MongoNetworkError" }, new TypeError("bug")])
    assert.equal(isUnavailable(other), false);
});
