import type { Collection } from "mongoose";

const MOST = 200;

/**
 * Reads documents with the driver, because hydrating would double the cost of a request (docs/bench). All of them are in the
 * first response, so no cursor stays open.
 * @param filter matches at most 200 documents
 */
export async function findAll<Row>(collection: Collection, filter: object, projection?: object): Promise<Row[]> {
  const options = { ...(projection && { projection }), limit: MOST, singleBatch: true, maxTimeMS: 5_000 };
  return (await collection.find(filter, options).toArray()) as unknown as Row[];
}
