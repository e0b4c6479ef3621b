import mongoose, { Schema, Types } from "mongoose";
import type { Outcome } from "../../definitions/outcomes.js";
import { type Grant, type Role, roleNames } from "../../definitions/roles.js";
import { type OutboxEntry, pushEntry, writeWithEntry } from "../outbox.js";
import { superadmins } from "../superadmin-seat.js";
import { isDate } from "./register/unused.js";

/** A role that somebody has: everywhere, or in one domain. */
export const grant = new Schema(
  { role: { type: String, enum: roleNames, required: true }, domain: { type: Schema.Types.ObjectId, default: null } },
  { _id: false },
);

/** A grant as MongoDB has it. */
export type StoredGrant = { role: string; domain?: Types.ObjectId | null };
type Account = { _id: Types.ObjectId; roles: Iterable<StoredGrant> };

/** Grants as requests carry them. */
export const asGrants = (stored: Iterable<StoredGrant> = []): Grant[] =>
  [...stored].map(({ role, domain }) => ({ role: role as Role, domain: domain ? String(domain) : null }));

const accounts = () => mongoose.model("User").collection;
const stored = ({ role, domain }: Grant): StoredGrant => ({ role, domain: domain ? new Types.ObjectId(domain) : null });
const isLike = (grant: Grant) => (one: StoredGrant) =>
  one.role === grant.role && (one.domain ? String(one.domain) : null) === grant.domain;
/** Roles that are given and taken. */
export type Change = { given: Grant[]; taken: Grant[] };
/** Whether this makes somebody a superadmin. */
const isSuper = ({ role, domain }: StoredGrant) => role === "superadmin" && !domain;

/** What comes of a change to an account that may be the only superadmin's. */
export type AccountOutcome = Outcome<"done" | "unchanged" | "last-superadmin">;
const asOutcome = (isDone: boolean): AccountOutcome => (isDone ? "done" : "unchanged");

/** Does what ends somebody's power, unless they are the last superadmin. @param act false when it changed nothing */
export async function leavingOffice(account: Account, act: () => Promise<boolean>): Promise<AccountOutcome> {
  if (![...account.roles].some(isSuper)) return asOutcome(await act());
  if (!(await superadmins.leave(account._id))) return "last-superadmin";
  try {
    return asOutcome(await act());
  } finally {
    await superadmins.settle(account._id);
  }
}

/**
 * Holds while the account is no superadmin's, or was one's when it was read: then it left office first. Somebody who
 * became one since did not.
 */
export const leftOffice = ({ roles }: Pick<Account, "roles">): object =>
  [...roles].some(isSuper) ? {} : { roles: { $not: { $elemMatch: { role: "superadmin", domain: null } } } };

/** What happens to the roles of an account. Each is one atomic write, but for the seats of superadmins (models/superadmin-seat.ts). */
export const roleVerbs = {
  /** Gives a role. False when the person has it already, or has not confirmed their address: nothing hangs on one that nobody proved. */
  async grantRole(this: Account, given: Grant): Promise<boolean> {
    const one = stored(given);
    const push = { $push: { roles: one } } as object;
    const lacking = { _id: this._id, emailConfirmedAt: isDate, roles: { $not: { $elemMatch: one } } };
    const { modifiedCount } = await accounts().updateOne(lacking, push);
    if (isSuper(one)) await superadmins.join(this._id);
    return modifiedCount === 1;
  },

  /**
   * Gives and takes roles in one write: those that the person has not, and has.
   * @param entryFor the entry for what is changed; its follow-up gives a new superadmin the seat
   */
  async changeRoles(this: Account, wanted: Change, entryFor: (done: Change) => OutboxEntry): Promise<AccountOutcome> {
    for (;;) {
      const read = await accounts().findOne({ _id: this._id }, { projection: { roles: 1 } });
      const before: StoredGrant[] | undefined = read?.roles;
      const has = (one: Grant) => (before ?? []).some(isLike(one));
      const done = { given: wanted.given.filter((one) => !has(one)), taken: wanted.taken.filter(has) };
      if (!read || done.given.length + done.taken.length === 0) return "unchanged";
      const kept = (before ?? []).filter((one) => !done.taken.some((taken) => isLike(taken)(one)));
      const [entry, roles] = [entryFor(done), [...kept, ...done.given.map(stored)]];
      const asRead = { _id: this._id, roles: before ?? { $exists: false } };
      const act = () => writeWithEntry(accounts(), asRead, { $set: { roles }, ...pushEntry(entry) }, entry);
      const leaves = done.taken.map(stored).some(isSuper);
      const outcome = leaves
        ? await leavingOffice({ _id: this._id, roles: before ?? [] }, act)
        : asOutcome(await act());
      if (outcome !== "unchanged") return outcome; // else another was faster with something
    }
  },

  /** Whether nobody else could look after the site. */
  async isLastSuperadmin(this: Account): Promise<boolean> {
    return [...this.roles].some(isSuper) && superadmins.isLast(this._id);
  },

  /** Takes a role away, if the person had it when they were read. */
  async revokeRole(this: Account, taken: Grant): Promise<AccountOutcome> {
    const one = stored(taken);
    const pull = async () => {
      const update = { $pull: { roles: one } } as object;
      const { modifiedCount } = await accounts().updateOne({ _id: this._id, roles: { $elemMatch: one } }, update);
      return modifiedCount === 1;
    };
    if (!isSuper(one)) return asOutcome(await pull());
    return [...this.roles].some(isSuper) ? leavingOffice(this, pull) : "unchanged";
  },
};
