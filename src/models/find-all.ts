import type { Collection } from "mongoose";
import { MOST_AT_ONCE } from "../lib/async/batch-loader.js";

/**
 * Reads documents with the driver, because hydrating would double the cost of a request (docs/bench). All of them are in the
 * first response, so no cursor stays open.
 * @param filter matches at most one document for each key of a batch
 */
export async function findAll<Row>(collection: Collection, filter: object, projection?: object): Promise<Row[]> {
  const options = { ...(projection && { projection }), limit: MOST_AT_ONCE, singleBatch: true, maxTimeMS: 5_000 };
  return (await collection.find(filter, options).toArray()) as unknown as Row[];
}
