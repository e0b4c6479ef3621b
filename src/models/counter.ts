import { model, Schema } from "mongoose";
import { batchReads } from "../lib/async/batch-loader.js";
import { findAll } from "./find-all.js";

const schema = new Schema({ _id: String, values: { type: Map, of: Number } }, { versionKey: false });

const counters = model("Counter", schema);
type Counter = { _id: string; values: Record<string, number> };

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
  const found = await findAll<Counter>(counters.collection, { _id: { $in: ids } });
  return new Map(found.map(({ _id, values }) => [_id, values]));
});

/** Returns the last number taken from a series, or 0 if none was taken. */
export async function readLastNumber(counter: string, name: string): Promise<number> {
  return (await read(counter))?.[name] ?? 0;
}
