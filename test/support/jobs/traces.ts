import mongoose from "mongoose";

/** What is kept for some days only: mails that wait to be sent, and those that development keeps. */
const PASSING = ["jobs", "keptmails"];

/** The documents of the whole database that mention any of these words, files and their pieces too, by collection. */
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

/** Bytes as the text they are: the pieces of a file. */
function readable(this: Record<string, unknown>, name: string, value: unknown): unknown {
  const raw = this[name];
  return raw instanceof mongoose.mongo.Binary ? Buffer.from(raw.buffer).toString("utf8") : value;
}
