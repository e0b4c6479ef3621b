import { Schema, Types } from "mongoose";
import type { Outcome } from "../../definitions/outcomes.js";
import { type Grant, type Role, roleNames } from "../../definitions/roles.js";
import { type OutboxEntry, pushEntry, writeWithEntry } from "../outbox.js";
import { superadmins } from "../superadmin-seat.js";
import { getUserCollection } from "./collection.js";
import { isDate } from "./register/unused.js";

/** A role that somebody has: everywhere, or in one domain. */
export const storedGrant = new Schema(
  { role: { type: String, enum: roleNames, required: true }, domain: { type: Schema.Types.ObjectId, default: null } },
  { _id: false },
);

/** A grant as MongoDB has it. */
export type StoredGrant = { role: string; domain?: Types.ObjectId | null };
type Account = { _id: Types.ObjectId; roles: Iterable<StoredGrant> };

/** Grants as requests carry them. */
export const toGrants = (stored: Iterable<StoredGrant> = []): Grant[] =>
  [...stored].map(({ role, domain }) => ({ role: role as Role, domain: domain ? String(domain) : null }));

const stored = ({ role, domain }: Grant): StoredGrant => ({ role, domain: domain ? new Types.ObjectId(domain) : null });
const isLike = (grant: Grant) => (one: StoredGrant) =>
  one.role === grant.role && (one.domain ? String(one.domain) : null) === grant.domain;
/** Roles that are given and taken. */
export type Change = { given: Grant[]; taken: Grant[] };
/** The same, with the roles that an account had when it was read; `asRead` is undefined where none were stored. */
export type RoleChange = Change & { before: StoredGrant[]; asRead: StoredGrant[] | undefined };
/** Whether this makes somebody a superadmin. */
const isSuper = ({ role, domain }: StoredGrant) => role === "superadmin" && !domain;

/** What comes of a change to an account that may be the only superadmin's. */
export type AccountOutcome = Outcome<"done" | "unchanged" | "last-superadmin">;
const asOutcome = (isDone: boolean): AccountOutcome => (isDone ? "done" : "unchanged");

/**
 * Makes a write that ends a user's power, unless they are the last superadmin. Example: the only other superadmin disables Ada.
 *
 * 1. Ada gives up her seat (`superadmins.leave`): from now on she does not count, and nobody else can be taken as "not the last".
 * 2. `write` sets `disabledAt`, on the condition that the account is as it was read. It answers whether it did.
 * 3. `superadmins.settle`: when the write changed nothing or failed, Ada has her seat again.
 *
 * For a user who is no superadmin it is the write alone.
 */
export async function unlessLastSuperadmin(account: Account, write: () => Promise<boolean>): Promise<AccountOutcome> {
  if (![...account.roles].some(isSuper)) return asOutcome(await write());
  const isLast = !(await superadmins.releaseSeat(account._id));
  if (isLast) return "last-superadmin";
  try {
    return asOutcome(await write());
  } finally {
    await superadmins.finishRelease(account._id);
  }
}

/**
 * The condition of such a write: a user who was no superadmin when they were read has not become one since. One who was gave up
 * the seat before.
 */
export const notASuperadmin = ({ roles }: Pick<Account, "roles">): object =>
  [...roles].some(isSuper) ? {} : { roles: { $not: { $elemMatch: { role: "superadmin", domain: null } } } };

/** What happens to the roles of an account. Each is one atomic write, but for the seats of superadmins (models/superadmin-seat.ts). */
export const roleMethods = {
  /** Gives a role. False when the person has it already, or has not confirmed their address: nothing hangs on one that nobody proved. */
  async grantRole(this: Account, given: Grant): Promise<boolean> {
    const one = stored(given);
    const push = { $push: { roles: one } } as object;
    const lacking = { _id: this._id, emailConfirmedAt: isDate, roles: { $not: { $elemMatch: one } } };
    const { modifiedCount } = await getUserCollection().updateOne(lacking, push);
    if (isSuper(one)) await superadmins.claimSeat(this._id);
    return modifiedCount === 1;
  },

  /**
   * What is left of a change to an account as it is stored now, or null for nothing: roles that the user has are not given, and roles
   * that they lack are not taken. Example: Ada is admin and editor; asked for `given: [editor, user], taken: [admin, superadmin]`, it is
   * `given: [user], taken: [admin]`.
   */
  async planRoleChange(this: Account, wanted: Change): Promise<RoleChange | null> {
    const account = await getUserCollection().findOne({ _id: this._id }, { projection: { roles: 1 } });
    if (!account) return null;
    const before: StoredGrant[] = account.roles ?? [];
    const has = (grant: Grant) => before.some(isLike(grant));
    const change = { given: wanted.given.filter((grant) => !has(grant)), taken: wanted.taken.filter(has) };
    return change.given.length + change.taken.length === 0 ? null : { ...change, asRead: account.roles, before };
  },

  /**
   * Makes a planned change in one write, if the roles are still as they were read (compare-and-swap); otherwise "unchanged".
   * @param entry for the change; its follow-up gives a new superadmin the seat
   */
  async changeRoles(
    this: Account,
    { given, taken, asRead, before }: RoleChange,
    entry: OutboxEntry,
  ): Promise<AccountOutcome> {
    const kept = before.filter((grant) => !taken.some((one) => isLike(one)(grant)));
    const update = { $set: { roles: [...kept, ...given.map(stored)] }, ...pushEntry(entry) };
    const which = { _id: this._id, roles: asRead ?? { $exists: false } };
    const write = () => writeWithEntry(getUserCollection(), which, update, entry);
    const leaves = taken.map(stored).some(isSuper);
    return leaves ? unlessLastSuperadmin({ _id: this._id, roles: before }, write) : asOutcome(await write());
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
      const { modifiedCount } = await getUserCollection().updateOne(
        { _id: this._id, roles: { $elemMatch: one } },
        update,
      );
      return modifiedCount === 1;
    };
    if (!isSuper(one)) return asOutcome(await pull());
    return [...this.roles].some(isSuper) ? unlessLastSuperadmin(this, pull) : "unchanged";
  },
};
