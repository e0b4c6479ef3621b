import { model, Schema } from "mongoose";
import { batchReads } from "../lib/async/batch-loader.js";

const schema = new Schema({ _id: String, values: { type: Map, of: Number } }, { versionKey: false });

const counters = model("Counter", schema);

/** Takes the next number of each named series in one atomic write. Numbers are unique, but a series may have gaps. */
export async function takeNumbers<Name extends string>(counter: string, names: readonly Name[]) {
  const $inc = Object.fromEntries(names.map((name) => [`values.${name}`, 1]));
  const document = await counters
    .findOneAndUpdate({ _id: counter }, { $inc }, { upsert: true, returnDocument: "after" })
    .lean();
  const values = document?.values as unknown as Record<Name, number>;
  return Object.fromEntries(names.map((name) => [name, values[name]])) as Record<Name, number>;
}

const read = batchReads(async (ids) => {
  const found = await counters.collection.find({ _id: { $in: ids as never[] } }, { maxTimeMS: 5_000 }).toArray();
  return new Map(found.map((counter) => [String(counter._id), counter.values as Record<string, number>]));
});

/** Returns the last number taken from a series, or 0 if none was taken. */
export async function readLastNumber(counter: string, name: string): Promise<number> {
  return (await read(counter))?.[name] ?? 0;
}
