import type { Collection } from "mongoose";
import { isPassing } from "../database/errors.js";
import { MOST_AT_ONCE } from "../lib/async/batch-loader.js";

type Options = { projection?: object; sort?: object; hint?: object; limit?: number };

/**
 * Reads documents with one command, without Mongoose's documents and the driver's cursor, which would double the cost of
 * a request (docs/bench). Like the driver's cursor, it reads a second time if the connection was lost. All documents are in
 * the first response, so they must be small: 16 MB together.
 * @param filter matches at most one document for each key of a batch, or `limit` documents
 */
export async function findAll<Row>(collection: Collection, filter: object, options: Options = {}): Promise<Row[]> {
  const { limit = MOST_AT_ONCE } = options;
  const find = collection.collectionName;
  const command = { find, filter, ...options, limit, batchSize: limit, singleBatch: true, maxTimeMS: 5_000 };
  const read = async () => (await collection.conn.db?.command(command))?.cursor.firstBatch as Row[];
  return read().catch((error: unknown) => (isPassing(error) ? read() : Promise.reject(error)));
}
