import { type Model, Types } from "mongoose";
import { type PlannedWrite, writeTogether } from "../../database/write-together.js";
import { deriveOnceId } from "./once.js";

/** A document remembers this many changes, so that none of them is counted twice. */
const REMEMBERED = 20;

type Collection = Model<unknown>["collection"];
type Counted = { _id: Types.ObjectId | string; field: string; change: 1 | -1; what: string };

/**
 * Changes a counter of a document. Inside `runOnce` (once.ts) each change has an id, and the document remembers the last
 * ids that it counted. So the number stays correct if a change is counted again because it is unknown whether it was.
 * @param counted.what name of the counter, part of the id
 */
export async function countOnce(collection: Collection, counted: Counted): Promise<void> {
  await writeTogether(collection, planCount(collection, counted).write, { mayRepeat: true });
}

/** Returns the write of `countOnce`. */
export function planCount(collection: Collection, { _id, field, change, what }: Counted): PlannedWrite {
  const id = deriveOnceId(what, String(_id)) ?? new Types.ObjectId();
  const counted = { $each: [id], $slice: -REMEMBERED };
  const filter = { _id: new Types.ObjectId(_id), counted: { $ne: id } };
  const update = { $inc: { [field]: change }, $push: { counted } };
  return { collection, write: { updateOne: { filter, update } } };
}
