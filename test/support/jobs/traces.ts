import mongoose from "mongoose";

/** Collections that keep data for some days only: waiting emails, and those that development stores. */
const PASSING = ["jobs", "keptmails"];

/** Lists all documents in the database, including chunks of files, that contain one of these words, by collection. */
export async function readTraces(...words: string[]): Promise<string[]> {
  const traces: string[] = [];
  const collections = (await mongoose.connection.db?.collections()) ?? [];
  for (const collection of collections.filter(({ collectionName }) => !PASSING.includes(collectionName))) {
    for await (const document of collection.find()) {
      const text = JSON.stringify(document, readable);
      if (words.some((word) => text.includes(word))) traces.push(`${collection.collectionName}: ${text.slice(0, 300)}`);
    }
  }
  return traces;
}

/** Decodes bytes as text: the chunks of a file. */
function readable(this: Record<string, unknown>, name: string, value: unknown): unknown {
  const raw = this[name];
  return raw instanceof mongoose.mongo.Binary ? Buffer.from(raw.buffer).toString("utf8") : value;
}
