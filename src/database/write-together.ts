import mongoose, { type mongo } from "mongoose";
import { addWriter } from "../lib/async/batch-writer.js";
import { isUnavailable } from "./errors.js";

// A login changes several collections: the session, the user, the device, the audit log. Each command costs the database
// about as much as the write in it, and a commit of the journal costs more than both. So writes of one turn of the event
// loop, and those that arrive while others are in progress, are sent in one command (docs/decisions/0057-writes-together.md).
// Example:
//
//   await Promise.all([
//     writeTogether(users, { updateOne: { filter: { _id }, update: { $set: { lastLoginAt } } } }),
//     writeTogether(events, { insertOne: { document } }),
//   ]);
//
// It is not a transaction: each write succeeds or fails for itself, and they have no order. Use it only for writes that
// don't depend on each other.

/** A collection of a model, or of the driver. */
type Collection = { collectionName: string; bulkWrite: mongo.Collection["bulkWrite"] };
/** One write, as in `collection.bulkWrite`. */
type Write =
  | { insertOne: { document: object } }
  | { updateOne: { filter: object; update: object | object[]; upsert?: boolean } };
/** Whether the write inserted a document by `upsert`. */
type Written = { isUpserted: boolean };
/** A write and its collection. */
export type PlannedWrite = { collection: Collection; write: Write };
type Waiting = {
  collection: Collection;
  write: Write;
  mayRepeat: boolean;
  resolve(written: Written): void;
  reject(error: unknown): void;
};
type Sequence = { writes: readonly PlannedWrite[]; resolve(): void; reject(error: unknown): void };
type Results = { errors: Map<number, { code?: number; message?: string }>; upserted: ReadonlySet<number> };

/** Maximum number of writes in one command. */
const MOST_AT_ONCE = 200;
/** Commands in progress at once: with two, neither the database nor this process is idle while the other one works. */
const UNDER_WAY = 2;
const COMMAND_NOT_FOUND = 59;

/** Writes to several collections in one command need MongoDB 8. Older servers get one command for each collection. */
let isSupported = true;

const separate = collect<Waiting>(send);
const sequences = collect<Sequence>(sendInOrder);

/**
 * Makes a write together with others of this moment.
 * @param mayRepeat true if the write may be made twice, because the second one changes nothing. If there is no answer, it
 *   is then sent once more
 * @throws the error of this write, such as a duplicate key; or that of the command
 */
export function writeTogether(collection: Collection, write: Write, { mayRepeat = false } = {}): Promise<Written> {
  return new Promise((resolve, reject) => {
    separate.add({ collection, write, mayRepeat, resolve, reject });
  });
}

/**
 * Makes writes in this order, together with other such writes of this moment: a write is only made if those before it have
 * succeeded. Each of them must be one that may be made twice.
 */
export function writeInOrder(writes: readonly PlannedWrite[]): Promise<void> {
  return new Promise((resolve, reject) => sequences.add({ writes, resolve, reject }));
}

/** Collects calls of one turn of the event loop, and those that arrive while others are in progress. */
function collect<Item>(sendAll: (batch: Item[]) => Promise<void>) {
  let waiting: Item[] = [];
  const underWay = new Set<Promise<void>>();
  let isPlanned = false;

  function plan(): void {
    if (isPlanned || underWay.size === UNDER_WAY || waiting.length === 0) return;
    isPlanned = true;
    setImmediate(() => {
      isPlanned = false;
      const batch = waiting.slice(0, MOST_AT_ONCE);
      waiting = waiting.slice(MOST_AT_ONCE);
      const sent = sendAll(batch).finally(() => {
        underWay.delete(sent);
        plan();
      });
      underWay.add(sent);
      plan();
    });
  }
  function add(item: Item): void {
    waiting.push(item);
    plan();
  }
  async function done(): Promise<void> {
    while (waiting.length > 0 || underWay.size > 0) {
      await new Promise(setImmediate);
      await Promise.all(underWay);
    }
  }
  addWriter({ done });
  return { add };
}

/** Never rejects. If one sequence fails, the command ends there. One by one, the sequences then show which of them it was. */
async function sendInOrder(batch: Sequence[]): Promise<void> {
  const isDone = isSupported && (await sendSequences(batch));
  const finish = async ({ writes, resolve, reject }: Sequence) => {
    try {
      for (const { collection, write } of isDone ? [] : writes)
        await writeTogether(collection, write, { mayRepeat: true });
      resolve();
    } catch (error) {
      reject(error);
    }
  };
  await Promise.all(batch.map(finish));
}

const sendSequences = (batch: Sequence[]): Promise<boolean> =>
  mongoose.connection
    .getClient()
    .bulkWrite(toModels(batch.flatMap(({ writes }) => writes)), { ordered: true })
    .then(
      () => true,
      () => false,
    );

/** Never rejects: each write has its own result. */
async function send(batch: Waiting[]): Promise<void> {
  const byCollection = groupByCollection(batch);
  if (byCollection.size > 1 && isSupported) {
    try {
      return settle(batch, await sendInOne(batch));
    } catch (error) {
      if ((error as { code?: unknown }).code !== COMMAND_NOT_FOUND) return fail(batch, error);
      isSupported = false; // nothing was written
    }
  }
  const sendTo = (some: Waiting[]) =>
    sendToCollection(some).then(
      (results) => settle(some, results),
      (error) => fail(some, error),
    );
  await Promise.all([...byCollection.values()].map(sendTo));
}

function groupByCollection(batch: Waiting[]): Map<string, Waiting[]> {
  const groups = new Map<string, Waiting[]>();
  for (const one of batch) {
    const name = one.collection.collectionName;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return groups;
}

async function sendInOne(batch: Waiting[]): Promise<Results> {
  const client = mongoose.connection.getClient();
  const models = toModels(batch);
  try {
    const { updateResults } = await client.bulkWrite(models, { ordered: false, verboseResults: true });
    return { errors: new Map(), upserted: listUpserted(updateResults) };
  } catch (error) {
    if (!(error instanceof mongoose.mongo.MongoClientBulkWriteError)) throw error;
    const { writeErrors, writeConcernErrors, partialResult, cause } = error;
    if (writeErrors.size === 0 || writeConcernErrors.length > 0) throw cause ?? error;
    return { errors: writeErrors, upserted: listUpserted(partialResult?.updateResults) };
  }
}

const toModels = (writes: readonly PlannedWrite[]) =>
  writes.map(({ collection, write }) => {
    const namespace = `${mongoose.connection.name}.${collection.collectionName}`;
    const [[name, what] = []] = Object.entries(write);
    return { name, namespace, ...what } as mongo.AnyClientBulkWriteModel<mongo.Document>;
  });

const listUpserted = (results: ReadonlyMap<number, { didUpsert: boolean }> = new Map()) =>
  new Set([...results].filter(([, { didUpsert }]) => didUpsert).map(([index]) => index));

async function sendToCollection(batch: Waiting[]): Promise<Results> {
  const writes = batch.map(({ write }) => write) as mongo.AnyBulkWriteOperation[];
  const listIndexes = ({ upsertedIds }: mongo.BulkWriteResult) => new Set(Object.keys(upsertedIds).map(Number));
  try {
    const result = await batch[0]?.collection.bulkWrite(writes as never, { ordered: false });
    return { errors: new Map(), upserted: result ? listIndexes(result) : new Set() };
  } catch (error) {
    if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) throw error;
    const errors = [error.writeErrors].flat();
    if (errors.length === 0) throw error.errorResponse instanceof Error ? error.errorResponse : error; // as `insertOne`
    const byIndex = new Map(errors.map(({ index, code, errmsg = "" }) => [index, { code, message: errmsg }]));
    return { errors: byIndex, upserted: listIndexes(error.result) };
  }
}

function settle(batch: Waiting[], { errors, upserted }: Results): void {
  for (const [index, { resolve, reject }] of batch.entries()) {
    const failed = errors.get(index);
    if (failed) reject(toError(failed));
    else resolve({ isUpserted: upserted.has(index) });
  }
}

function fail(batch: Waiting[], error: unknown): void {
  const isAgain = ({ mayRepeat }: Waiting) => mayRepeat && isUnavailable(error);
  for (const one of batch) {
    if (isAgain(one)) separate.add({ ...one, mayRepeat: false });
    else one.reject(error);
  }
}

/** Returns the error as `insertOne` throws it. In a bulk write, the driver leaves out which index was violated. */
function toError({ code, message = "" }: { code?: number; message?: string }): Error {
  const keyPattern = message.includes(" index: _id_ ") ? { _id: 1 } : undefined;
  return new mongoose.mongo.MongoServerError({ message, code, ...(keyPattern && { keyPattern }) });
}
