import { Schema, Types } from "mongoose";
import type { Outcome } from "../../definitions/outcomes.js";
import { findRoleIn, type Grant, isHigherRole, type Role, roleNames } from "../../definitions/roles.js";
import { type OutboxEntry, pushEntry, writeWithEntry } from "../outbox.js";
import { superadmins } from "../superadmin-seat.js";
import { getUserCollection } from "./collection.js";
import { isDate } from "./register/unused.js";

/** A granted role: for the whole site, or in one domain. */
export const storedGrant = new Schema(
  { role: { type: String, enum: roleNames, required: true }, domain: { type: Schema.Types.ObjectId, default: null } },
  { _id: false },
);

/** A grant in its stored form. */
export type StoredGrant = { role: string; domain?: Types.ObjectId | null };
type Account = { _id: Types.ObjectId; roles: Iterable<StoredGrant> };

/** Converts stored grants to the grants of a request. */
export const toGrants = (stored: Iterable<StoredGrant> = []): Grant[] =>
  [...stored].map(({ role, domain }) => ({ role: role as Role, domain: domain ? String(domain) : null }));

const stored = ({ role, domain }: Grant): StoredGrant => ({ role, domain: domain ? new Types.ObjectId(domain) : null });
const isLike = (grant: Grant) => (one: StoredGrant) =>
  one.role === grant.role && (one.domain ? String(one.domain) : null) === grant.domain;
/** Roles to grant and roles to revoke. */
export type Change = { given: Grant[]; taken: Grant[] };
/**
 * The change together with the roles that the account had when it was read; `asRead` is undefined if none were stored.
 */
export type RoleChange = Change & { before: StoredGrant[]; asRead: StoredGrant[] | undefined };

/** A role to grant, for the site or in a domain. */
export type NewGrant = { role: Role; domain: Types.ObjectId | null };

/**
 * Adds a grant, if any, to stored roles. A user has one role in a domain: the higher one stays.
 * @returns `held`: the previous role in that place (null: none); `after`: the new roles, or null if nothing changes
 */
export function addGrant(before: StoredGrant[], given: NewGrant | null) {
  if (!given) return { held: null, after: null };
  const { role, domain } = given;
  const isSame = before.some((one) => one.role === role && !one.domain);
  const held = domain ? findRoleIn(before, domain) : isSame ? role : null;
  if (held !== null && !isHigherRole(role, held)) return { held, after: null };
  const kept = before.filter((one) => !domain?.equals(one.domain ?? ""));
  return { held, after: [...kept, given] };
}

/** Returns true if the grant makes a user a superadmin. */
const isSuper = ({ role, domain }: StoredGrant) => role === "superadmin" && !domain;

/** Result of a change that is not allowed for the last superadmin. */
export type AccountOutcome = Outcome<"done" | "unchanged" | "last-superadmin">;
const asOutcome = (isDone: boolean): AccountOutcome => (isDone ? "done" : "unchanged");

/**
 * Makes a write that ends a superadmin's access, unless no other superadmin would be left. Example: another superadmin
 * disables Ada.
 *
 * 1. `superadmins.releaseSeat` releases Ada's seat. From now on she does not count, so the other seat cannot be
 *    released.
 * 2. `write` sets `disabledAt` if the account is unchanged since it was read. It returns whether it made a change.
 * 3. `superadmins.finishRelease` restores Ada's seat if the write changed nothing or failed.
 *
 * For users who are not superadmins, only `write` runs.
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
 * Condition of such a write: a user who was not a superadmin when read is still none. For a superadmin, there is no
 * condition, because the seat was released before.
 */
export const notASuperadmin = ({ roles }: Pick<Account, "roles">): object =>
  [...roles].some(isSuper) ? {} : { roles: { $not: { $elemMatch: { role: "superadmin", domain: null } } } };

/**
 * Methods that change a user's roles. Each makes one atomic write, apart from superadmins' seats
 * (models/superadmin-seat.ts).
 */
export const roleMethods = {
  /**
   * Grants a role. Returns false if the user already has it, or has not confirmed the email. Unconfirmed users get no
   * roles.
   */
  async grantRole(this: Account, given: Grant): Promise<boolean> {
    const one = stored(given);
    const push = { $push: { roles: one } } as object;
    const lacking = { _id: this._id, emailConfirmedAt: isDate, roles: { $not: { $elemMatch: one } } };
    const { modifiedCount } = await getUserCollection().updateOne(lacking, push);
    if (isSuper(one)) await superadmins.claimSeat(this._id);
    return modifiedCount === 1;
  },

  /**
   * Reduces a wanted change to the difference from the stored roles. Returns null if there is none. Example: Ada is
   * admin and editor; `given: [editor, user], taken: [admin, superadmin]` becomes `given: [user], taken: [admin]`.
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
   * Makes a planned change in one write, if the roles are as they were read (compare-and-swap). Otherwise returns
   * "unchanged".
   * @param entry its follow-up claims the seat of a new superadmin
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

  /** Returns true if the user is the only superadmin who can act. */
  async isLastSuperadmin(this: Account): Promise<boolean> {
    return [...this.roles].some(isSuper) && superadmins.isLast(this._id);
  },

  /** Revokes a role if the user had it when they were read. */
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
