import { Schema, type Types } from "mongoose";
import { isDate, matchEpoch } from "../register/unused.js";
import { appendCause, type Cause } from "../used-links.js";
import { changeAddress, type EmailOutcome, MAY_RETURN_MS } from "./write.js";

/** A second email for notices and password resets, and when a mailed link confirmed or restored it. */
export const storedRecoveryEmail = new Schema(
  { address: { type: String, required: true }, since: { type: Date, required: true } },
  { _id: false },
);
/** A removed recovery email, and until when it can be restored. */
export const storedFormerRecoveryEmail = new Schema(
  {
    address: { type: String, required: true },
    since: { type: Date, required: true },
    until: { type: Date, required: true },
  },
  { _id: false },
);

type Stored = { address: string; since: Date };
export type WithRecoveryEmail = {
  _id: Types.ObjectId;
  email: string;
  sessionEpoch: number;
  recoveryEmail?: Stored | null;
  formerRecoveryEmail?: (Stored & { until: Date }) | null;
};

/** Returns the recovery email, or the one that can be restored, if it is this address. Otherwise null. */
export function findRecoveryEmail(account: WithRecoveryEmail, address: string): Stored | null {
  const { recoveryEmail: current, formerRecoveryEmail: former } = account;
  if (current?.address === address) return current;
  return former?.address === address && former.until > new Date() ? former : null;
}

/**
 * Returns the fields of a `$set` stage that keep the recovery email, unless the primary email becomes this one: an address is
 * one or the other.
 */
export const keepUnlessPrimary = (text: object) => ({
  recoveryEmail: { $cond: [{ $eq: ["$recoveryEmail.address", text] }, null, { $ifNull: ["$recoveryEmail", null] }] },
});

/**
 * Returns the fields of a `$set` stage that remove a recovery email that an intruder may have added, when the owner of
 * this primary email reports one: an email confirmed in the last 72 hours, but not one that is older than the primary
 * email. For example, an intruder who has just changed the primary email cannot remove the owner's recovery email.
 */
export function removeRecent(text: object, now: Date) {
  const limit = new Date(now.getTime() - MAY_RETURN_MS);
  const oldest = { $cond: [{ $eq: ["$email", text] }, { $max: [limit, "$emailConfirmedAt"] }, limit] };
  const keepOlder = (field: string, more: object[] = []) => ({
    $cond: [{ $and: [{ $lte: [`$${field}.since`, oldest] }, ...more] }, { $ifNull: [`$${field}`, null] }, null],
  });
  return {
    recoveryEmail: keepOlder("recoveryEmail", [{ $ne: ["$recoveryEmail.address", text] }]),
    formerRecoveryEmail: keepOlder("formerRecoveryEmail"),
  };
}

/** Returns true if a report of the owner of this primary email removes the recovery email, as `removeRecent` does. */
export function isRemovedByReport(
  account: WithRecoveryEmail & { emailConfirmedAt?: Date | null },
  email: string,
  now = Date.now(),
): boolean {
  const { recoveryEmail: current, emailConfirmedAt } = account;
  if (!current) return false;
  if (current.address === email) return true;
  const primarySince = email === account.email ? (emailConfirmedAt?.getTime() ?? 0) : 0;
  return current.since.getTime() > Math.max(now - MAY_RETURN_MS, primarySince);
}

/** Returns the fields of a `$set` stage that keep or restore a recovery email. */
export function restoreRecoveryEmail(address: string, now: Date) {
  const isCurrent = { $eq: ["$recoveryEmail.address", { $literal: address }] };
  const restored = { address: { $literal: address }, since: now };
  return {
    recoveryEmail: { $cond: [isCurrent, "$recoveryEmail", restored] },
    formerRecoveryEmail: { $cond: [isCurrent, { $ifNull: ["$formerRecoveryEmail", null] }, null] },
  };
}

/** Methods that change the recovery email. Each makes one atomic write (docs/decisions/0044-second-address.md). */
export const recoveryEmailMethods = {
  /**
   * Adds the recovery email that a mailed link has confirmed. Returns "stale" if the account has one, or has changed
   * since it was read.
   */
  addRecoveryEmail(this: WithRecoveryEmail, address: string, cause: Cause = {}): Promise<EmailOutcome> {
    const added = { address: { $literal: address }, since: new Date() };
    const asKnown = { email: this.email, ...matchEpoch(this.sessionEpoch), emailConfirmedAt: isDate, disabledAt: null };
    const update = [{ $set: { recoveryEmail: added, ...appendCause(cause) } }];
    return changeAddress(this, update, { ...asKnown, "recoveryEmail.address": null }, cause);
  },

  /**
   * Removes this recovery email. Returns "stale" if the account has another one, or its access was revoked since it was
   * read. It can be restored for some time, unless an earlier one still can: an intruder could otherwise displace the
   * owner's by adding and removing another one.
   */
  removeRecoveryEmail(this: WithRecoveryEmail, address: string, cause: Cause = {}): Promise<EmailOutcome> {
    const now = new Date();
    const removed = { $mergeObjects: ["$recoveryEmail", { until: new Date(now.getTime() + MAY_RETURN_MS) }] };
    const former = { $cond: [{ $gt: ["$formerRecoveryEmail.until", now] }, "$formerRecoveryEmail", removed] };
    const $set = { recoveryEmail: null, formerRecoveryEmail: former, ...appendCause(cause) };
    const asKnown = { "recoveryEmail.address": address, ...matchEpoch(this.sessionEpoch), disabledAt: null };
    return changeAddress(this, [{ $set }], asKnown, cause);
  },
};
