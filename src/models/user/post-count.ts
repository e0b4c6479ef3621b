import { type Model, Types } from "mongoose";
import { deriveOnceId } from "../outbox/once.js";

/** A change that is this many changes old is not counted a second time by anything. */
const REMEMBERED = 20;

/**
 * Notes that a user has more or fewer posts. Inside `once` (models/outbox/once.ts) each change has an id, and an account remembers the last ones
 * that it counted: however often a change is counted, because nobody knows whether it was, the number is right.
 */
export async function countPosts(
  accounts: Model<unknown>["collection"],
  author: Types.ObjectId | string,
  change: 1 | -1,
): Promise<void> {
  const id = deriveOnceId("post-count", String(author)) ?? new Types.ObjectId();
  const counted = { $each: [id], $slice: -REMEMBERED };
  await accounts.updateOne(
    { _id: new Types.ObjectId(author), counted: { $ne: id } } as never,
    { $inc: { postCount: change }, $push: { counted } } as never,
  );
}
