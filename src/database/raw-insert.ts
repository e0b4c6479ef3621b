import { createRequire } from "node:module";
import type { Connection } from "mongoose";

/** The part of the driver's document sequence that this file uses: documents of a command, already as BSON. */
type DocumentSequence = { push(document: unknown, bson: Uint8Array): number };
type Commands = { DocumentSequence?: new (field: string) => DocumentSequence };

/** The driver's public functions take objects only, which cannot hold every value of BSON exactly. */
const { DocumentSequence } = createRequire(import.meta.url)("mongodb/lib/cmap/commands.js") as Commands;

/**
 * Inserts documents as they are, byte for byte, and waits until they are on disk.
 * @param documents as BSON, together at most 16 MB and 100,000
 * @throws Error if one of them cannot be inserted; those before it are
 */
export async function insertBson(connection: Connection, collection: string, documents: Buffer[]): Promise<void> {
  if (!DocumentSequence) throw new Error("This version of the MongoDB driver has no DocumentSequence");
  const sequence = new DocumentSequence("documents");
  for (const document of documents) sequence.push(document, document);
  const writeConcern = { w: connection.getClient().options.writeConcern?.w ?? 1, j: true };
  const reply = await connection.db?.command({ insert: collection, documents: sequence, ordered: true, writeConcern });
  const problem = reply?.writeErrors?.[0] ?? reply?.writeConcernError;
  if (problem) throw new Error(`${collection}: ${problem.errmsg}`);
}
