import mongoose from "mongoose";

/** What is kept for some days only: mails that wait to be sent, and those that development keeps. */
const PASSING = ["jobs", "keptmails"];

/** The documents of the whole database that mention any of these words, files and their pieces too, by collection. */
export async function tracesOf(...words: string[]): Promise<string[]> {
  const traces: string[] = [];
  const collections = (await mongoose.connection.db?.collections()) ?? [];
  for (const collection of collections.filter(({ collectionName }) => !PASSING.includes(collectionName))) {
    for await (const document of collection.find()) {
      const text = JSON.stringify(document, (_name, value) => readable(value));
      if (words.some((word) => text.includes(word))) traces.push(`${collection.collectionName}: ${text.slice(0, 300)}`);
    }
  }
  return traces;
}

/** Bytes as the text they are: the pieces of a file. */
function readable(value: unknown): unknown {
  const { type, data } = (value ?? {}) as { type?: string; data?: number[] };
  if (type === "Buffer" && data) return Buffer.from(data).toString("utf8");
  return typeof value === "bigint" ? String(value) : value;
}
