import { model, Schema } from "mongoose";
import { batchReads } from "../lib/async/batch-loader.js";
import { findAll } from "./find-all.js";

const schema = new Schema({ _id: String, values: { type: Map, of: Number } }, { versionKey: false });

const counters = model("Counter", schema);
type Counter = { _id: string; values: Record<string, number> };

type Taking = {
  names: readonly string[];
  resolve(numbers: Record<string, number>): void;
  reject(error: unknown): void;
};
/** Callers that wait for numbers, by counter. A counter is in the map while a command for it is in progress. */
const waiting = new Map<string, Taking[]>();

/**
 * Takes the next number of each named series. Numbers are unique, but a series may have gaps. What is called while a
 * command is in progress shares the next one, because concurrent writes to the same document hinder each other. Example:
 * three callers share a command that raises `public` from 4 to 7. They get 5, 6 and 7.
 */
export function takeNumbers<Name extends string>(counter: string, names: readonly Name[]) {
  return new Promise<Record<Name, number>>((resolve, reject) => {
    const queue = waiting.get(counter);
    const taking = { names, resolve, reject } as Taking;
    if (queue) queue.push(taking);
    else void takeInTurn(counter, [taking]);
  });
}

/** Never rejects: callers get the errors. */
async function takeInTurn(counter: string, first: Taking[]): Promise<void> {
  for (let batch = first; batch.length > 0; batch = waiting.get(counter) ?? []) {
    waiting.set(counter, []);
    try {
      await takeTogether(counter, batch);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
  waiting.delete(counter);
}

async function takeTogether(counter: string, batch: Taking[]): Promise<void> {
  const wanted = new Map<string, number>();
  for (const { names } of batch) for (const name of names) wanted.set(name, (wanted.get(name) ?? 0) + 1);
  const $inc = Object.fromEntries([...wanted].map(([name, count]) => [`values.${name}`, count]));
  const document = await counters
    .findOneAndUpdate({ _id: counter }, { $inc }, { upsert: true, returnDocument: "after" })
    .lean<Counter>();
  const next = new Map([...wanted].map(([name, count]) => [name, (document?.values[name] ?? 0) - count]));
  const take = (name: string) => {
    const number = (next.get(name) ?? 0) + 1;
    next.set(name, number);
    return [name, number] as const;
  };
  for (const { names, resolve } of batch) resolve(Object.fromEntries(names.map(take)));
}

const read = batchReads(async (ids) => {
  const found = await findAll<Counter>(counters.collection, { _id: { $in: ids } });
  return new Map(found.map(({ _id, values }) => [_id, values]));
});

/** Returns the last number taken from a series, or 0 if none was taken. */
export async function readLastNumber(counter: string, name: string): Promise<number> {
  return (await read(counter))?.[name] ?? 0;
}
