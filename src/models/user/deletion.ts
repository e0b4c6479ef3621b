import type { Types } from "mongoose";
import { type OutboxEntry, pushEntry, writeWithEntry } from "../outbox.js";
import { getUserCollection } from "./collection.js";
import { asRead } from "./credentials/factors.js";
import { isDate, untouched } from "./register/unused.js";
import { type AccountOutcome, notASuperadmin, type StoredGrant, unlessLastSuperadmin } from "./roles.js";

type Account = { _id: Types.ObjectId; roles: Iterable<StoredGrant> };
/** Whether the posts of a deleted user are kept or removed. */
export type PostsAfterwards = "keep" | "remove";

const change = ({ _id }: Account, update: object, condition: object, entry?: OutboxEntry) =>
  writeWithEntry(getUserCollection(), { _id, ...condition }, { ...update, ...pushEntry(entry) }, entry);

const DAYS = 86_400_000;
/** Time for which the user can cancel the deletion. */
export const DELETION_AFTER_MS = 14 * DAYS;
export const getDeletionDate = () => new Date(Date.now() + DELETION_AFTER_MS);

/**
 * Methods for the deletion of an account. Each makes one atomic write, so either the cancellation or the deletion wins.
 * A deletion that has started (`deletion.begunAt`) cannot be cancelled, and from then on the account is disabled.
 */
export const deletionMethods = {
  /**
   * Schedules the deletion of the account. Returns false if one is already scheduled, which stays, or if the account's
   * access was revoked since it was read.
   */
  scheduleDeletion(
    this: Account & { sessionEpoch: number },
    posts: PostsAfterwards,
    dueAt = getDeletionDate(),
    entry?: OutboxEntry,
  ): Promise<boolean> {
    return change(this, { $set: { deletion: { dueAt, posts } } }, { ...asRead(this), deletion: null }, entry);
  },

  /** Cancels the deletion (at this time). Returns false if none is scheduled, or if it has started. */
  cancelDeletion(this: Account, entry?: OutboxEntry, dueAt?: Date): Promise<boolean> {
    const planned = { "deletion.dueAt": dueAt ?? isDate, "deletion.begunAt": null, disabledAt: null };
    return change(this, { $set: { deletion: null } }, planned, entry);
  },

  /** Starts a scheduled deletion. Returns "unchanged" if it is not due, was cancelled, or has already started. */
  startDeletion(this: Account, now = new Date()): Promise<AccountOutcome> {
    const begun = { $set: { "deletion.begunAt": now, disabledAt: now }, $inc: { sessionEpoch: 1 } };
    const due = { "deletion.dueAt": { $lte: now }, "deletion.begunAt": null };
    return unlessLastSuperadmin(this, () => change(this, begun, { ...due, ...notASuperadmin(this) }));
  },

  /**
   * Schedules the deletion of an idle, unconfirmed account. A login cancels it. Returns false if the account has
   * changed since it was read.
   */
  async scheduleIdleDeletion(this: Account & { lastLoginAt?: Date | null }, entry?: OutboxEntry): Promise<boolean> {
    const deletion = { dueAt: new Date(Date.now() + DELETION_AFTER_MS), posts: "keep", idle: true };
    const idle = { emailConfirmedAt: null, lastLoginAt: this.lastLoginAt, deletion: null, disabledAt: null };
    return change(this, { $set: { deletion } }, idle, entry);
  },

  /** Cancels the deletion of an idle account if one is scheduled. */
  async cancelIdleDeletion(this: Account): Promise<void> {
    await change(this, { $set: { deletion: null } }, { "deletion.idle": true, "deletion.begunAt": null });
  },

  /**
   * Starts to delete an unused registration. Returns false if its email was changed or confirmed, or if the account was
   * used.
   */
  async startSignUpRemoval(this: Account & { email: string }, now = new Date()): Promise<boolean> {
    const deletion = { dueAt: now, posts: "remove", begunAt: now };
    const begun = { $set: { deletion, disabledAt: now }, $inc: { sessionEpoch: 1 } };
    return change(this, begun, { email: this.email, ...untouched, "deletion.begunAt": null });
  },
};
