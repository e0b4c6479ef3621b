import { getUserCollection } from "../collection.js";
import { isDate } from "../register/unused.js";
import { getSort, type IndexName, orders } from "./indexes.js";

/** The number of users on which the share is based, so that it costs the same however many users there are. */
export const SHARE_OF = 1_000;
const index: IndexName = "people-everyone-lastLoginAt";

const isProtected = {
  $or: [{ $eq: [{ $type: "$authenticator" }, "object"] }, { $gt: [{ $size: { $ifNull: ["$passkeys", []] } }, 0] }],
};

/** Counts the users who logged in last, and how many of them have a second factor. */
export async function countProtected(most = SHARE_OF): Promise<{ users: number; withFactor: number }> {
  const $group = { _id: null, users: { $sum: 1 }, withFactor: { $sum: { $cond: [isProtected, 1, 0] } } };
  const [found] = await getUserCollection()
    .aggregate<{ users: number; withFactor: number }>(
      [{ $match: { lastLoginAt: isDate } }, { $sort: getSort(orders.seen) }, { $limit: most }, { $group }],
      { hint: index, maxTimeMS: 5_000 },
    )
    .toArray();
  return { users: found?.users ?? 0, withFactor: found?.withFactor ?? 0 };
}
