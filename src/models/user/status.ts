import type { Types } from "mongoose";
import { appendEntry, type OutboxEntry, pushEntry, writeWithEntry } from "../outbox.js";
import { superadmins } from "../superadmin-seat.js";
import { getUserCollection } from "./collection.js";
import { DELETION_AFTER_MS, type PostsAfterwards } from "./deletion.js";
import { type AccountOutcome, notASuperadmin, type StoredGrant, unlessLastSuperadmin } from "./roles.js";

/** The fields to set for a password that its user chose. */
export const chosenByUser = (passwordHash: string) => ({ passwordHash, passwordChangeRequiredAt: null });

type Account = { _id: Types.ObjectId; roles: Iterable<StoredGrant> };

const change = ({ _id }: Account, update: object | object[], condition: object, entry?: OutboxEntry) =>
  writeWithEntry(getUserCollection(), { _id, ...condition }, update, entry);

/**
 * Methods that disable and enable a user. Each makes one atomic write, and only one of two concurrent calls makes the
 * change.
 */
export const statusMethods = {
  /** Disables the user and ends all sessions. */
  disable(this: Account, entry?: OutboxEntry): Promise<AccountOutcome> {
    const update = { $set: { disabledAt: new Date() }, $inc: { sessionEpoch: 1 }, ...pushEntry(entry) };
    return unlessLastSuperadmin(this, () => change(this, update, { disabledAt: null, ...notASuperadmin(this) }, entry));
  },

  /**
   * Disables the user and schedules the deletion of the account, unless an admin already did, or the deletion has
   * started.
   */
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
   * Enables a disabled user, who must log in again. Cancels a deletion that an admin scheduled, but not one that the
   * user scheduled. Returns false if the user is not disabled, or if the account is being deleted.
   * @param entry its follow-up claims the seat of a superadmin again
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
