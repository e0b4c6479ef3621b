import { Schema, type Types } from "mongoose";
import { isDuplicate } from "../../database/errors.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { writeWithEntry } from "../outbox.js";
import { getUserCollection } from "./collection.js";
import { matchEpoch } from "./register/unused.js";
import { type AccountOutcome, notASuperadmin, type StoredGrant, unlessLastSuperadmin } from "./roles.js";
import { buildSearchStages } from "./search/terms.js";
import { appendCause, type Cause, isUnused, pushCause } from "./used-links.js";

const HOURS = 3_600_000;
/** For so long an address may come back after a change: the longest that a link to it is good. */
const MAY_RETURN_MS = 72 * HOURS;
/** The oldest so many may come back. Whoever changes the address again and again cannot push out the first. */
const MOST_FORMER = 5;

/** An address that may come back. */
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
/** Whether an address was taken up. "stale": this account changed since it was read, or the link did its work before. */
export type EmailOutcome = Outcome<"done" | "email-taken" | "stale">;

/** What proves an address, and the password that comes with it. */
type Proof = Cause & { passwordHash?: string | undefined };

const proven = { $type: "date" } as const;
const former = { $ifNull: ["$formerEmails", []] };
const nextEpoch = { $add: [{ $ifNull: ["$sessionEpoch", 0] }, 1] };

/** One atomic write; the unique index judges whose address it is. */
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
    if (isDuplicate(error, "email")) return "email-taken";
    throw error;
  }
}

/** Gives the account this address (back), if it has it or may have it back, and ends every session. */
function restore(account: Account, email: string, cause: Cause, more: object = {}): Promise<EmailOutcome> {
  const now = new Date();
  const mayReturn = { formerEmails: { $elemMatch: { email, until: { $gt: now } } } };
  const text = { $literal: email }; // an address may begin with "$"
  const place = { $indexOfArray: [{ $map: { input: former, in: "$$this.email" } }, text] };
  const before = { $cond: [{ $lt: [place, 0] }, former, { $slice: [former, place] }] };
  const emailConfirmedAt = { $cond: [{ $eq: ["$email", text] }, "$emailConfirmedAt", now] };
  const found = { email: text, emailConfirmedAt, formerEmails: before, sessionEpoch: nextEpoch };
  const update = [{ $set: { ...found, ...more, ...appendCause(cause) } }, ...buildSearchStages({ email })];
  return change(account, update, { disabledAt: null, $or: [{ email }, mayReturn] }, cause);
}

/** Puts something in the place of an address that was not proven. */
function replaceUnproven(account: Account, to: object, email: string, cause: Cause): Promise<AccountOutcome> {
  const update = [{ $set: { ...to, ...appendCause(cause) } }, ...buildSearchStages({ email })];
  const asKnown = { email: account.email, emailConfirmedAt: null, disabledAt: null, ...notASuperadmin(account) };
  return unlessLastSuperadmin(account, async () => (await change(account, update, asKnown, cause)) === "done");
}

/** What happens to the address of an account. Each is one atomic write (docs/decisions/0011-links-that-work-once.md). */
export const emailMethods = {
  /** Whether links to this address are about this account: it is its address, or may become it again. */
  answersTo(this: Account, email: string): boolean {
    if (email === this.email) return true;
    return [...this.formerEmails].some((one) => one.email === email && one.until > new Date());
  },

  /**
   * Notes that the address is proven to be the person's, and ends every session that began before. "stale" when it is confirmed
   * already or the account changed since it was read.
   * @param by.passwordHash a new password, where the one before may be a stranger's
   */
  confirmEmail(this: Account, email: string, { passwordHash, ...cause }: Proof = {}): Promise<EmailOutcome> {
    const $set = { emailConfirmedAt: new Date(), ...(passwordHash && { passwordHash }) };
    const update = { $set, $inc: { sessionEpoch: 1 }, ...pushCause(cause) };
    const asKnown = { email, emailConfirmedAt: null, ...matchEpoch(this.sessionEpoch), disabledAt: null };
    return change(this, update, asKnown, cause);
  },

  /**
   * Gives a role by an invitation that was mailed to the account's address; that proves the address too, if nothing else did. All in
   * one write. "stale" when the invitation did it before, or the account changed since it was read.
   */
  acceptInvitation(this: Account & { emailConfirmedAt?: Date | null }, given: StoredGrant | null, cause: Cause) {
    const isFirstProof = !this.emailConfirmedAt;
    const proof = { $set: { emailConfirmedAt: new Date() }, $inc: { sessionEpoch: 1 } };
    const update = { ...(isFirstProof && proof), ...(given && { $addToSet: { roles: given } }), ...pushCause(cause) };
    const asKnown = { emailConfirmedAt: isFirstProof ? null : proven, ...matchEpoch(this.sessionEpoch) };
    return change(this, update, { ...asKnown, email: this.email, disabledAt: null }, cause);
  },

  /**
   * Corrects the address of an account that has not confirmed one yet, ends every session, and takes all roles: they were given
   * to the other address. Not "done" when it has confirmed one, or is the only superadmin left.
   */
  correctEmail(this: Account, email: string, cause: Cause = {}): Promise<AccountOutcome> {
    const corrected = { email: { $literal: email }, roles: [], sessionEpoch: nextEpoch };
    return replaceUnproven(this, corrected, email, cause);
  },

  /** Takes the address away that another account confirmed; the account goes on without one, and without roles. */
  async loseEmail(this: Account, cause: Cause = {}): Promise<boolean> {
    return (await replaceUnproven(this, { email: "", roles: [] }, "", cause)) === "done";
  },

  /** Takes another address, proven by a mailed link, and ends every session; the one before may come back for a while. */
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
   * Keeps this address, or takes it back, and ends every session. Addresses that the account had after it never come
   * back: whoever put them there has no say against the one that was there before.
   */
  restoreEmail(this: Account, email: string, cause: Cause = {}): Promise<EmailOutcome> {
    return restore(this, email, cause);
  },

  /** The same in the hands of an intruder: the password is worthless from now on, and a planned deletion is off. */
  takeBack(this: Account, email: string, cause: Cause = {}): Promise<EmailOutcome> {
    return restore(this, email, cause, { passwordHash: "$$REMOVE", deletion: null });
  },
};
