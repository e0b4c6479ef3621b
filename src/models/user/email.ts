import { Schema, type Types } from "mongoose";
import type { Outcome, Taken } from "../../definitions/outcomes.js";
import { writeWithEntry } from "../outbox.js";
import { getUserCollection } from "./collection.js";
import { matchEpoch } from "./register/unused.js";
import { type AccountOutcome, notASuperadmin, type StoredGrant, unlessLastSuperadmin } from "./roles.js";
import { buildSearchStages } from "./search/terms.js";
import { chosenByUser } from "./status.js";
import { toTaken } from "./taken.js";
import { appendCause, type Cause, isUnused, pushCause } from "./used-links.js";

const HOURS = 3_600_000;
/** Time for which a previous email can be restored: the longest lifetime of a link to it. */
const MAY_RETURN_MS = 72 * HOURS;
/**
 * Maximum number of previous emails. The oldest ones are kept, so that repeated changes cannot displace the first one.
 */
const MOST_FORMER = 5;

/** A previous email that can still be restored. */
export const formerEmail = new Schema(
  { email: { type: String, required: true }, until: { type: Date, required: true } },
  { _id: false },
);

type Former = { email: string; until: Date };
type Account = {
  _id: Types.ObjectId;
  email: string;
  sessionEpoch: number;
  formerEmails: Iterable<Former>;
  roles: Iterable<StoredGrant>;
};
/**
 * Result of a change. "stale" means that the account has changed since it was read, or that the link was already used.
 */
export type EmailOutcome = Outcome<"done" | "stale"> | Taken;

/** The proof that the user owns an email, with an optional new password. */
type Proof = Cause & { passwordHash?: string | undefined };

const proven = { $type: "date" } as const;
const former = { $ifNull: ["$formerEmails", []] };
const nextEpoch = { $add: [{ $ifNull: ["$sessionEpoch", 0] }, 1] };

/** Makes one atomic write. The unique index decides which account gets an email. */
async function change(
  account: Account,
  update: object | object[],
  condition: object,
  cause: Cause = {},
): Promise<EmailOutcome> {
  const which = { _id: account._id, ...isUnused(cause), ...condition };
  try {
    return (await writeWithEntry(getUserCollection(), which, update, cause.entry)) ? "done" : "stale";
  } catch (error) {
    return toTaken(error);
  }
}

/**
 * The passkeys from before the time in which the owner could have been told of an intruder. A newer one may be the
 * intruder's, and would log in without the password.
 */
const buildOlderPasskeys = () => ({
  $filter: {
    input: { $ifNull: ["$passkeys", []] },
    cond: { $lt: ["$$this.addedAt", new Date(Date.now() - MAY_RETURN_MS)] },
  },
});

/** Sets this email if it is the current one or can be restored, and ends all sessions. */
function restore(account: Account, email: string, cause: Cause, more: object = {}): Promise<EmailOutcome> {
  const now = new Date();
  const mayReturn = { formerEmails: { $elemMatch: { email, until: { $gt: now } } } };
  const text = { $literal: email }; // an email may begin with "$"
  const place = { $indexOfArray: [{ $map: { input: former, in: "$$this.email" } }, text] };
  const before = { $cond: [{ $lt: [place, 0] }, former, { $slice: [former, place] }] };
  const emailConfirmedAt = { $cond: [{ $eq: ["$email", text] }, "$emailConfirmedAt", now] };
  const found = { email: text, emailConfirmedAt, formerEmails: before, sessionEpoch: nextEpoch };
  const update = [{ $set: { ...found, ...more, ...appendCause(cause) } }, ...buildSearchStages({ email })];
  return change(account, update, { disabledAt: null, $or: [{ email }, mayReturn] }, cause);
}

/** Replaces an unconfirmed email. */
function replaceUnproven(account: Account, to: object, email: string, cause: Cause): Promise<AccountOutcome> {
  const update = [{ $set: { ...to, ...appendCause(cause) } }, ...buildSearchStages({ email })];
  const asKnown = { ...asUnproven(account), ...notASuperadmin(account) };
  return unlessLastSuperadmin(account, async () => (await change(account, update, asKnown, cause)) === "done");
}

const asUnproven = ({ email }: Pick<Account, "email">) => ({ email, emailConfirmedAt: null, disabledAt: null });
const corrected = (email: string) => ({ email: { $literal: email }, roles: [], sessionEpoch: nextEpoch });

/** An account whose email is about to change. */
export type Addressed = Pick<Account, "email" | "roles"> & { emailConfirmedAt?: Date | null };
/** Parts of a write. */
type Parts = { condition: object; stages: object[] };

/**
 * Returns the parts of a write that an admin's change of the email adds: an unconfirmed email is replaced as by
 * `correctEmail`, a confirmed one stays until the new one is confirmed. The account must still be enabled.
 */
export function buildEmailChange(account: Addressed, email: string): Parts {
  if (account.emailConfirmedAt) {
    const condition = { email: account.email, emailConfirmedAt: proven, disabledAt: null };
    return { condition, stages: [{ $set: { updatedAt: "$$NOW" } }] }; // so that of two requests with one version, one succeeds
  }
  const stages = [{ $set: corrected(email) }, ...buildSearchStages({ email })];
  return { condition: { ...asUnproven(account), ...notASuperadmin(account) }, stages };
}

/** Methods that change a user's email. Each makes one atomic write (docs/decisions/0011-links-that-work-once.md). */
export const emailMethods = {
  /**
   * Returns true if links to this email belong to this account: it is the current email, or a previous one that can be
   * restored.
   */
  answersTo(this: Account, email: string): boolean {
    if (email === this.email) return true;
    return [...this.formerEmails].some((one) => one.email === email && one.until > new Date());
  },

  /**
   * Confirms the email and ends all earlier sessions. Returns "stale" if it is already confirmed, or if the account has
   * changed since it was read.
   * @param by.passwordHash hash of a new password, if another person may have set the current one
   */
  confirmEmail(this: Account, email: string, { passwordHash, ...cause }: Proof = {}): Promise<EmailOutcome> {
    const $set = { emailConfirmedAt: new Date(), ...(passwordHash && chosenByUser(passwordHash)) };
    const update = { $set, $inc: { sessionEpoch: 1 }, ...pushCause(cause) };
    const asKnown = { email, emailConfirmedAt: null, ...matchEpoch(this.sessionEpoch), disabledAt: null };
    return change(this, update, asKnown, cause);
  },

  /**
   * Grants a role through an invitation sent to the user's email. Confirms the email in the same write, if necessary.
   * Returns "stale" if the invitation was already used, or if the account has changed since it was read.
   */
  acceptInvitation(this: Account & { emailConfirmedAt?: Date | null }, given: StoredGrant | null, cause: Cause) {
    const isFirstProof = !this.emailConfirmedAt;
    const proof = { $set: { emailConfirmedAt: new Date() }, $inc: { sessionEpoch: 1 } };
    const update = { ...(isFirstProof && proof), ...(given && { $addToSet: { roles: given } }), ...pushCause(cause) };
    const asKnown = { emailConfirmedAt: isFirstProof ? null : proven, ...matchEpoch(this.sessionEpoch) };
    return change(this, update, { ...asKnown, email: this.email, disabledAt: null }, cause);
  },

  /**
   * Corrects an unconfirmed email and ends all sessions. Also revokes all roles, because they were granted to the old
   * email. Returns something other than "done" if the email is confirmed, or if the user is the last superadmin.
   */
  correctEmail(this: Account, email: string, cause: Cause = {}): Promise<AccountOutcome> {
    return replaceUnproven(this, corrected(email), email, cause);
  },

  /** Removes the email, because another account has confirmed it. The account stays, without email and roles. */
  async loseEmail(this: Account, cause: Cause = {}): Promise<boolean> {
    return (await replaceUnproven(this, { email: "", roles: [] }, "", cause)) === "done";
  },

  /**
   * Sets a new email that a mailed link has confirmed, and ends all sessions. The old email can be restored for some
   * time.
   */
  changeEmail(this: Account, email: string, cause: Cause = {}): Promise<EmailOutcome> {
    const now = new Date();
    const stillMay = { $filter: { input: former, cond: { $gt: ["$$this.until", now] } } };
    const left = { email: "$email", until: new Date(now.getTime() + MAY_RETURN_MS) };
    const formerEmails = { $slice: [{ $concatArrays: [stillMay, [left]] }, MOST_FORMER] };
    const changed = { email: { $literal: email }, emailConfirmedAt: now, formerEmails, sessionEpoch: nextEpoch };
    const update = [{ $set: { ...changed, ...appendCause(cause) } }, ...buildSearchStages({ email })];
    const asKnown = { email: this.email, ...matchEpoch(this.sessionEpoch) };
    return change(this, update, { ...asKnown, emailConfirmedAt: proven, disabledAt: null }, cause);
  },

  /**
   * Keeps or restores this email and ends all sessions. Later emails of the account cannot be restored, because an
   * intruder may have set them.
   */
  restoreEmail(this: Account, email: string, cause: Cause = {}): Promise<EmailOutcome> {
    return restore(this, email, cause);
  },

  /**
   * Like `restoreEmail`, for an account that an intruder has taken over: also removes the password and cancels the
   * deletion.
   */
  takeBack(this: Account, email: string, cause: Cause = {}): Promise<EmailOutcome> {
    return restore(this, email, cause, { passwordHash: "$$REMOVE", deletion: null, passkeys: buildOlderPasskeys() });
  },
};
