import { type Model, Types } from "mongoose";
import { deriveOnceId } from "../outbox/once.js";

/** Number of changes that an account remembers, so that none of them is counted twice. */
const REMEMBERED = 20;

/**
 * Changes the number of a user's posts. Inside `runOnce` (models/outbox/once.ts), each change has an id, and the
 * account remembers the last ids that it has counted. If it is unknown whether a change was counted, it can be counted
 * again, and the number stays correct.
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
