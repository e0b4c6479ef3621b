import type { Types } from "mongoose";
import { type OutboxEntry, pushEntry, writeWithEntry } from "../outbox.js";
import { getUserCollection } from "./collection.js";
import { untouched } from "./register/unused.js";
import { type AccountOutcome, notASuperadmin, type StoredGrant, unlessLastSuperadmin } from "./roles.js";

type Account = { _id: Types.ObjectId; roles: Iterable<StoredGrant> };
/** What becomes of the posts of somebody who leaves. */
export type PostsAfterwards = "keep" | "remove";

const change = ({ _id }: Account, update: object, condition: object, entry?: OutboxEntry) =>
  writeWithEntry(getUserCollection(), { _id, ...condition }, { ...update, ...pushEntry(entry) }, entry);

const DAYS = 86_400_000;
/** How long somebody may change their mind about leaving. */
export const DELETION_AFTER_MS = 14 * DAYS;
export const getDeletionDate = () => new Date(Date.now() + DELETION_AFTER_MS);

/**
 * How somebody leaves. Each is one atomic write, so changing one's mind and the deletion itself have one winner: what has
 * begun (`deletion.begunAt`) cannot be called off, and the account is locked from then on.
 */
export const deletionMethods = {
  /** Plans to delete the account at this time; false when there is a plan already: that one stays. */
  scheduleDeletion(
    this: Account,
    posts: PostsAfterwards,
    dueAt = getDeletionDate(),
    entry?: OutboxEntry,
  ): Promise<boolean> {
    return change(this, { $set: { deletion: { dueAt, posts } } }, { deletion: null }, entry);
  },

  /** Drops the plan to delete the account; false when there was none, or when it has begun. */
  cancelDeletion(this: Account, entry?: OutboxEntry): Promise<boolean> {
    const planned = { "deletion.dueAt": { $type: "date" }, "deletion.begunAt": null, disabledAt: null };
    return change(this, { $set: { deletion: null } }, planned, entry);
  },

  /** Begins the planned deletion; "unchanged" when it is not due, was called off, or has begun before. */
  startDeletion(this: Account, now = new Date()): Promise<AccountOutcome> {
    const begun = { $set: { "deletion.begunAt": now, disabledAt: now }, $inc: { sessionEpoch: 1 } };
    const due = { "deletion.dueAt": { $lte: now }, "deletion.begunAt": null };
    return unlessLastSuperadmin(this, () => change(this, begun, { ...due, ...notASuperadmin(this) }));
  },

  /** Plans to delete an account that nobody confirmed nor used for long; coming back drops the plan. False when that changed since. */
  async scheduleIdleDeletion(this: Account & { lastLoginAt?: Date | null }, entry?: OutboxEntry): Promise<boolean> {
    const deletion = { dueAt: new Date(Date.now() + DELETION_AFTER_MS), posts: "keep", idle: true };
    const idle = { emailConfirmedAt: null, lastLoginAt: this.lastLoginAt, deletion: null, disabledAt: null };
    return change(this, { $set: { deletion } }, idle, entry);
  },

  /** Drops such a plan, if there is one. */
  async cancelIdleDeletion(this: Account): Promise<void> {
    await change(this, { $set: { deletion: null } }, { "deletion.idle": true, "deletion.begunAt": null });
  },

  /** Begins to delete a sign-up that was never used; false when its address, still this one, was confirmed meanwhile, or it was used. */
  async startSignUpRemoval(this: Account & { email: string }, now = new Date()): Promise<boolean> {
    const deletion = { dueAt: now, posts: "remove", begunAt: now };
    const begun = { $set: { deletion, disabledAt: now }, $inc: { sessionEpoch: 1 } };
    return change(this, begun, { email: this.email, ...untouched, "deletion.begunAt": null });
  },
};
