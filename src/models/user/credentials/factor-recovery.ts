import { Schema, type Types } from "mongoose";
import { adminRoles, isAdmin, rolesFingerprint } from "../../../definitions/roles.js";
import { type OutboxEntry, pushEntry, writeWithEntry } from "../../outbox.js";
import { getUserCollection } from "../collection.js";
import { type Cause, isUnused, pushCause } from "../used-links.js";
import { asRead, withoutFactors } from "./factors.js";

// A user who has lost every second factor proves the password and the mailbox, and then waits. Meanwhile the owner can
// cancel. Example, with a waiting period of three days:
//
//   Monday     the link in the email is opened: { askedAt: Monday, dueAt: Thursday, epoch: 4 }
//   Tuesday    a login with the lost factor, or a press of the banner's button: null
//   Thursday   the password, and one button: all factors are removed, the epoch becomes 5
//   a week later  the recovery has expired: `findFactorRecovery` returns null

const DAYS = 86_400_000;
/** How long a recovery can be finished after the waiting period. */
const USABLE_MS = 7 * DAYS;

/** Stored field of users: a recovery that has started, or null. */
export const factorRecoveryField = {
  type: new Schema(
    {
      askedAt: { type: Date, required: true },
      dueAt: { type: Date, required: true },
      /** The session epoch in which it started. A change of credentials or factors raises the epoch, which ends it. */
      epoch: { type: Number, required: true },
      /** When another admin confirmed it. Only users with permissions need that. */
      confirmedAt: { type: Date, default: null },
      /** The user's roles at that time. Another admin must confirm it again after a role was granted or revoked. */
      confirmedRoles: { type: String, default: null },
    },
    { _id: false },
  ),
  default: null,
};

type Stored = {
  askedAt: Date;
  dueAt: Date;
  epoch: number;
  confirmedAt?: Date | null;
  confirmedRoles?: string | null;
};
type Roles = Parameters<typeof rolesFingerprint>[0]["roles"];
type Recovering = { sessionEpoch: number; roles?: Roles; factorRecovery?: Stored | null | undefined };
type Account = Recovering & { _id: Types.ObjectId; roles: Roles };

/** A recovery that waits, or that can be finished until `expiresAt`. `needsAdmin` is true until another admin confirms it. */
export type FactorRecovery = Pick<Stored, "askedAt" | "dueAt"> & {
  confirmedAt: Date | null;
  expiresAt: Date;
  needsAdmin: boolean;
};

/** Returns the account's recovery, or null if there is none, or if it has expired or ended with a change of credentials. */
export function findFactorRecovery(
  { sessionEpoch, roles = [], factorRecovery: stored }: Recovering,
  now = Date.now(),
): FactorRecovery | null {
  if (!stored || stored.epoch !== sessionEpoch) return null;
  const { askedAt, dueAt } = stored;
  const confirmedAt = stored.confirmedRoles === rolesFingerprint({ roles }) ? (stored.confirmedAt ?? null) : null;
  const expiresAt = getExpiry(dueAt);
  const needsAdmin = isAdmin(roles) && !confirmedAt;
  return expiresAt.getTime() > now ? { askedAt, dueAt, confirmedAt, expiresAt, needsAdmin } : null;
}

/** Returns when a recovery with this due time expires. */
export const getExpiry = (dueAt: Date): Date => new Date(dueAt.getTime() + USABLE_MS);

const alive = ({ sessionEpoch }: Account) => ({
  "factorRecovery.epoch": sessionEpoch,
  "factorRecovery.dueAt": { $gt: new Date(Date.now() - USABLE_MS) },
});

/** Methods for the recovery of an account whose second factors are lost. Each makes one atomic write. */
export const factorRecoveryMethods = {
  /**
   * Starts the waiting period. Uses up the link.
   * @returns false if a recovery has already started, if the link was used, or if the account has changed since it was
   * read
   */
  startFactorRecovery(this: Account, dueAt: Date, cause: Required<Cause>): Promise<boolean> {
    const factorRecovery = { askedAt: new Date(), dueAt, epoch: this.sessionEpoch, confirmedAt: null };
    const which = { ...asRead(this), ...isUnused(cause), $nor: [alive(this)] };
    return writeWithEntry(getUserCollection(), which, { $set: { factorRecovery }, ...pushCause(cause) }, cause.entry);
  },

  /** Ends the recovery without removing a factor. Returns false if there is none. */
  cancelFactorRecovery(this: Account, cause: Cause): Promise<boolean> {
    const update = { $set: { factorRecovery: null }, ...pushCause(cause) };
    const which = { _id: this._id, ...alive(this), ...isUnused(cause) };
    return writeWithEntry(getUserCollection(), which, update, cause.entry);
  },

  /**
   * Records that another admin confirmed the recovery of a user with these roles. Returns false if there is none, or if it is
   * confirmed.
   */
  confirmFactorRecovery(this: Account, entry: OutboxEntry): Promise<boolean> {
    const confirmedRoles = rolesFingerprint(this);
    const $set = { "factorRecovery.confirmedAt": new Date(), "factorRecovery.confirmedRoles": confirmedRoles };
    const update = { $set, ...pushEntry(entry) };
    const which = { ...asRead(this), ...alive(this), "factorRecovery.confirmedRoles": { $ne: confirmedRoles } };
    return writeWithEntry(getUserCollection(), which, update, entry);
  },

  /**
   * Removes all factors and recovery codes after the waiting period. Ends all sessions. Returns false if the recovery
   * is not due, or needs a confirmation, also because a role was granted during the waiting period.
   */
  finishFactorRecovery(this: Account, entry: OutboxEntry): Promise<boolean> {
    const isDue = { "factorRecovery.dueAt": { $lte: new Date(), $gt: new Date(Date.now() - USABLE_MS) } };
    const isFree = [
      { "factorRecovery.confirmedRoles": rolesFingerprint(this) },
      { roles: { $not: { $elemMatch: { role: { $in: adminRoles } } } } },
    ];
    const { $set, ...others } = withoutFactors;
    const update = { $set: { ...$set, factorRecovery: null }, ...others, ...pushEntry(entry) };
    return writeWithEntry(
      getUserCollection(),
      { ...asRead(this), ...alive(this), ...isDue, $or: isFree },
      update,
      entry,
    );
  },
};
