import { AsyncLocalStorage } from "node:async_hooks";
import mongoose from "mongoose";

const methods = [
  "insertOne",
  "updateOne",
  "updateMany",
  "findOneAndUpdate",
  "findOneAndDelete",
  "deleteOne",
  "deleteMany",
  "bulkWrite",
] as const;
type Writing = Record<string, (...args: unknown[]) => Promise<unknown>>;

/**
 * Runs `act` before each write to the database; it may throw, or never end. Returns a function that stops this.
 * @param act gets collection and method, such as "users.updateOne", and the number of the write
 */
export function beforeWrites(act: (what: string, number: number) => unknown): () => void {
  const prototype = mongoose.mongo.Collection.prototype as unknown as Writing;
  const usual = Object.fromEntries(methods.map((method) => [method, prototype[method]])) as Writing;
  let number = 0;
  for (const [method, write] of Object.entries(usual)) {
    prototype[method] = async function (this: { collectionName: string }, ...args: unknown[]) {
      number += 1;
      await act(`${this.collectionName}.${method}`, number);
      return write.apply(this, args);
    };
  }
  return () => void Object.assign(prototype, usual);
}

const within = new AsyncLocalStorage<true>();

/**
 * Runs an action up to one of its own writes (not a job's), and fails there as if the process was killed. Returns false
 * if the action ended before that write.
 */
export async function cutOff(atWrite: number, act: () => Promise<unknown>): Promise<boolean> {
  let isOver = false;
  let number = 0;
  const restore = beforeWrites(() => {
    if (!within.getStore()) return;
    number += 1;
    if (number < atWrite) return;
    isOver = true;
    throw new Error("killed");
  });
  try {
    await within.run(true, act);
  } catch (error) {
    if (!isOver) throw error;
  } finally {
    restore();
  }
  return isOver;
}
