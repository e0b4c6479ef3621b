import type { Types } from "mongoose";
import { appendEntry, type OutboxEntry, pushEntry, writeWithEntry } from "../outbox.js";
import { superadmins } from "../superadmin-seat.js";
import { getUserCollection } from "./collection.js";
import { DELETION_AFTER_MS, type PostsAfterwards } from "./deletion.js";
import { type AccountOutcome, notASuperadmin, type StoredGrant, unlessLastSuperadmin } from "./roles.js";

type Account = { _id: Types.ObjectId; roles: Iterable<StoredGrant> };

const change = ({ _id }: Account, update: object | object[], condition: object, entry?: OutboxEntry) =>
  writeWithEntry(getUserCollection(), { _id, ...condition }, update, entry);

/** How others lock an account, and open it again. Each is one atomic write; of two at once one changes something. */
export const statusMethods = {
  /** Locks the person out, at once and everywhere. */
  disable(this: Account, entry?: OutboxEntry): Promise<AccountOutcome> {
    const update = { $set: { disabledAt: new Date() }, $inc: { sessionEpoch: 1 }, ...pushEntry(entry) };
    return unlessLastSuperadmin(this, () => change(this, update, { disabledAt: null, ...notASuperadmin(this) }, entry));
  },

  /** Locks the person out as above, and plans to delete the account, unless that was done before or has begun. */
  forceDeletion(this: Account, posts: PostsAfterwards, entry?: OutboxEntry): Promise<AccountOutcome> {
    const now = new Date();
    const dueAt = { $min: ["$deletion.dueAt", new Date(now.getTime() + DELETION_AFTER_MS)] };
    const $set = {
      disabledAt: { $ifNull: ["$disabledAt", now] },
      deletion: { dueAt, posts, imposed: true },
      sessionEpoch: { $add: ["$sessionEpoch", 1] },
      ...appendEntry(entry),
    };
    const open = { "deletion.begunAt": null, "deletion.imposed": { $ne: true } };
    return unlessLastSuperadmin(this, () => change(this, [{ $set }], { ...open, ...notASuperadmin(this) }, entry));
  },

  /**
   * Lets a disabled person in again, with new sessions only, and drops a deletion that others planned; their own plan
   * stays. False when they are not disabled, or when the account is being deleted.
   * @param entry its follow-up gives a superadmin the seat again
   */
  async enable(this: Account, entry?: OutboxEntry): Promise<boolean> {
    const deletion = { $cond: [{ $eq: ["$deletion.imposed", true] }, null, "$deletion"] };
    const locked = { disabledAt: { $type: "date" }, "deletion.begunAt": null };
    const $set = { disabledAt: null, deletion, ...appendEntry(entry) };
    const isDone = await change(this, [{ $set }], locked, entry);
    if (isDone && !entry) await superadmins.claimSeat(this._id);
    return isDone;
  },
};
