import { model, Schema } from "mongoose";
import { isDuplicate } from "../database/errors.js";

const schema = new Schema({ _id: String, canaries: [String] }, { versionKey: false });
/** Canaries of secrets (lib/passwords/canary.ts), by the name of the setting. */
const canaries = model("Canary", schema);

/** Returns the stored canaries of a setting. */
export async function readCanaries(name: string): Promise<string[]> {
  return (await canaries.findById(name).lean())?.canaries ?? [];
}

/** Stores the first canary of a setting. Does nothing if another process was faster. */
export async function addFirstCanary(name: string, canary: string): Promise<void> {
  try {
    await canaries.updateOne({ _id: name }, { $setOnInsert: { canaries: [canary] } }, { upsert: true });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
}

/** Adds the canary of a new key, beside those of the older ones. */
export async function addCanary(name: string, canary: string): Promise<void> {
  await canaries.updateOne({ _id: name }, { $push: { canaries: canary } });
}

/** Replaces all canaries of a setting by one. */
export async function replaceCanaries(name: string, canary: string): Promise<void> {
  await canaries.updateOne({ _id: name }, { $set: { canaries: [canary] } }, { upsert: true });
}
