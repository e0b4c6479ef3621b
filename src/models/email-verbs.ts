import mongoose, { Schema, type Types } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { searchStages } from "./search-entries.js";

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
type Account = { _id: Types.ObjectId; email: string; sessionEpoch: number; formerEmails: Iterable<Former> };
/** Whether an address was taken up: "taken" when it is another account's by now, "late" when this account changed since. */
export type Outcome = "done" | "taken" | "late";

const proven = { $type: "date" } as const;
const former = { $ifNull: ["$formerEmails", []] };
const nextEpoch = { $add: ["$sessionEpoch", 1] };

/** One atomic write; the unique index judges whose address it is. */
async function change(account: Account, update: object | object[], condition: object): Promise<Outcome> {
  try {
    const { matchedCount } = await mongoose
      .model("User")
      .collection.updateOne({ _id: account._id, ...condition }, update as object[]);
    return matchedCount === 1 ? "done" : "late";
  } catch (error) {
    if (isDuplicate(error, "email")) return "taken";
    throw error;
  }
}

/** Gives the account this address (back), if it has it or may have it back, and ends every session. */
function restore(account: Account, email: string, more: object = {}): Promise<Outcome> {
  const now = new Date();
  const mayReturn = { formerEmails: { $elemMatch: { email, until: { $gt: now } } } };
  const text = { $literal: email }; // an address may begin with "$"
  const place = { $indexOfArray: [{ $map: { input: former, in: "$$this.email" } }, text] };
  const before = { $cond: [{ $lt: [place, 0] }, former, { $slice: [former, place] }] };
  const emailConfirmedAt = { $cond: [{ $eq: ["$email", text] }, "$emailConfirmedAt", now] };
  const $set = { email: text, emailConfirmedAt, formerEmails: before, sessionEpoch: nextEpoch, ...more };
  return change(account, [{ $set }, ...searchStages({ email })], { disabledAt: null, $or: [{ email }, mayReturn] });
}

/** What happens to the address of an account. Each is one atomic write (docs/decisions/0011-links-that-work-once.md). */
export const emailVerbs = {
  /** Whether links to this address are about this account: it is its address, or may become it again. */
  answersTo(this: Account, email: string): boolean {
    if (email === this.email) return true;
    return [...this.formerEmails].some((one) => one.email === email && one.until > new Date());
  },

  /** Notes that the address is proven to be the person's; false when it is another account's, or was corrected. */
  async confirmEmail(this: Account, email: string): Promise<boolean> {
    return (await change(this, { $set: { emailConfirmedAt: new Date() } }, { email, disabledAt: null })) === "done";
  },

  /** Corrects the address of an account that has not confirmed one yet; false when it has. */
  async correctEmail(this: Account, email: string): Promise<boolean> {
    const update = [{ $set: { email: { $literal: email } } }, ...searchStages({ email })];
    return (await change(this, update, { emailConfirmedAt: null, disabledAt: null })) === "done";
  },

  /** Takes another address, proven by a mailed link, and ends every session; the one before may come back for a while. */
  changeEmail(this: Account, email: string): Promise<Outcome> {
    const now = new Date();
    const stillMay = { $filter: { input: former, cond: { $gt: ["$$this.until", now] } } };
    const left = { email: "$email", until: new Date(now.getTime() + MAY_RETURN_MS) };
    const formerEmails = { $slice: [{ $concatArrays: [stillMay, [left]] }, MOST_FORMER] };
    const $set = { email: { $literal: email }, emailConfirmedAt: now, formerEmails, sessionEpoch: nextEpoch };
    const asKnown = { email: this.email, sessionEpoch: this.sessionEpoch };
    return change(this, [{ $set }, ...searchStages({ email })], {
      ...asKnown,
      emailConfirmedAt: proven,
      disabledAt: null,
    });
  },

  /**
   * Keeps this address, or takes it back, and ends every session. Addresses that the account had after it never come
   * back: whoever put them there has no say against the one that was there before.
   */
  restoreEmail(this: Account, email: string): Promise<Outcome> {
    return restore(this, email);
  },

  /** The same in the hands of an intruder: the password is worthless from now on, and a planned deletion is off. */
  takeBack(this: Account, email: string): Promise<Outcome> {
    return restore(this, email, { passwordHash: "$$REMOVE", deletion: null });
  },
};
