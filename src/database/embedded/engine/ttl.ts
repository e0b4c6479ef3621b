import type { Run } from "./command.js";

interface Batch<T> {
  cursor: { firstBatch: T[] };
}
interface Index {
  name: string;
  key: Record<string, unknown>;
  expireAfterSeconds?: unknown;
  partialFilterExpression?: object;
}

/** Earlier dates are ignored, as mongod's TTL monitor does. */
const EARLIEST = new Date(-8_640_000_000_000_000 / 4);

/**
 * Deletes documents that have expired by their TTL indexes, as mongod does every minute. The engine accepts such
 * indexes but ignores them.
 * @param now milliseconds since 1970
 * @returns the number of deleted documents
 */
export async function deleteExpiredDocuments(run: Run, now: number = Date.now()): Promise<number> {
  let removed = 0;
  for (const database of await listDatabaseNames(run)) {
    for (const collection of await listCollectionNames(run, database)) {
      for (const index of await ttlIndexes(run, database, collection)) {
        removed += await deleteExpired({ run, database, collection, index, now });
      }
    }
  }
  return removed;
}

/** Lists the application's databases. */
export async function listDatabaseNames(run: Run): Promise<string[]> {
  const reply = await run("admin", { listDatabases: 1, nameOnly: true });
  const names = (reply.databases as { name: string }[]).map(({ name }) => name);
  return names.filter((name) => !["admin", "local", "config"].includes(name));
}

export async function listCollectionNames(run: Run, database: string): Promise<string[]> {
  const list = { listCollections: 1, filter: { type: "collection" }, nameOnly: true, cursor: { batchSize: 10_000 } };
  const { cursor } = (await run(database, list)) as unknown as Batch<{ name: string }>;
  return cursor.firstBatch.map(({ name }) => name).filter((name) => !name.startsWith("system."));
}

export async function listIndexNames(run: Run, database: string, collection: string): Promise<string[]> {
  return (await listIndexes(run, database, collection)).map(({ name }) => name);
}

async function listIndexes(run: Run, database: string, collection: string): Promise<Index[]> {
  // The collection may have been dropped since it was listed.
  const reply = await run(database, { listIndexes: collection, cursor: { batchSize: 1000 } }).catch(() => null);
  return (reply as unknown as Batch<Index> | null)?.cursor.firstBatch ?? [];
}

async function ttlIndexes(run: Run, database: string, collection: string): Promise<Index[]> {
  const indexes = await listIndexes(run, database, collection);
  return indexes.filter((index) => typeof index.expireAfterSeconds === "number");
}

interface Expiry {
  run: Run;
  database: string;
  collection: string;
  index: Index;
  now: number;
}

async function deleteExpired({ run, database, collection, index, now }: Expiry): Promise<number> {
  const field = Object.keys(index.key)[0] as string;
  const limit = new Date(now - Number(index.expireAfterSeconds) * 1000);
  const expired = { [field]: { $gte: EARLIEST, $lte: limit } };
  const q = index.partialFilterExpression ? { $and: [expired, index.partialFilterExpression] } : expired;
  const reply = await run(database, {
    delete: collection,
    deletes: [{ q, limit: 0, hint: index.name }],
    ordered: false,
  });
  return Number(reply.n);
}
