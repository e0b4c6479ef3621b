import { Schema, type Types } from "mongoose";
import { type OutboxEntry, pushEntry, writeWithEntry } from "../../outbox.js";
import { getUserCollection } from "../collection.js";
import { matchEpoch } from "../register/unused.js";

/** A passkey (WebAuthn credential). Its public key is read only where a signature is verified. */
export const passkeySchema = new Schema({
  /** The credential id that the browser chose, in base64url. */
  credential: { type: String, required: true },
  publicKey: { type: String, required: true, select: false },
  counter: { type: Number, default: 0, select: false },
  transports: { type: [String], default: [] },
  name: { type: String, required: true },
  /** True if the passkey can be copied to other devices of the user, and whether it has been. */
  isSynced: { type: Boolean, default: false },
  isBackedUp: { type: Boolean, default: false },
  addedAt: { type: Date, required: true },
  lastUsedAt: { type: Date, default: null },
});

/** Second factors of an account. All secrets are read only where they are compared. */
export const factorFields = {
  /** The authenticator app; null if there is none. `key` is encrypted with FACTOR_KEY (services/factors/keys.ts). */
  authenticator: {
    type: new Schema(
      { key: { type: String, required: true, select: false }, addedAt: { type: Date, required: true } },
      { _id: false },
    ),
    default: null,
  },
  /** The time step of the last accepted code: each code works once (RFC 6238, 5.2). */
  authenticatorUse: { type: new Schema({ step: Number, at: Date }, { _id: false }), default: null },
  /** Hashes of the recovery codes that are left (lib/factors/recovery-codes.ts). */
  recoveryCodes: { type: [String], default: undefined, select: false },
  recoveryCodesMadeAt: { type: Date, default: null },
  passkeys: { type: [passkeySchema], default: [] },
};

/** A recovery code alone is no factor: it replaces one that was lost. */
export type Factors = { authenticator?: unknown; passkeys?: { readonly length: number } | undefined };

/** Returns true if a login needs a second factor. */
export const hasSecondFactor = ({ authenticator, passkeys }: Factors): boolean =>
  Boolean(authenticator) || (passkeys?.length ?? 0) > 0;

type Account = { _id: Types.ObjectId; sessionEpoch: number };

/** Matches while the account is enabled and its credentials and factors are the same as when they were read. */
export const asRead = ({ _id, sessionEpoch }: Account) => ({ _id, ...matchEpoch(sessionEpoch), disabledAt: null });
/** A change of factors ends all sessions and invalidates mailed links, like a new password (ASVS V7.4.3). */
export const nextEpoch = { $inc: { sessionEpoch: 1 } };

/** Methods that change or use the second factors of an account. Each makes one atomic write. */
export const factorMethods = {
  /**
   * Adds an authenticator app. Ends all sessions.
   * @param step the time step of the code that proves that the app has the key
   * @returns false if there is one already, or if the account has changed since it was read
   */
  addAuthenticator(this: Account, { key, step }: { key: string; step: number }, entry?: OutboxEntry): Promise<boolean> {
    const now = new Date();
    const $set = { authenticator: { key, addedAt: now }, authenticatorUse: { step, at: now } };
    const which = { ...asRead(this), authenticator: null };
    return writeWithEntry(getUserCollection(), which, { $set, ...nextEpoch, ...pushEntry(entry) }, entry);
  },

  /** Removes the authenticator app, and the recovery codes if no factor is left. Ends all sessions. */
  removeAuthenticator(this: Account & Factors, entry?: OutboxEntry): Promise<boolean> {
    const isLast = !hasSecondFactor({ passkeys: this.passkeys });
    const update = {
      $set: { authenticator: null, authenticatorUse: null, ...(isLast && withoutCodes.$set) },
      ...(isLast && { $unset: withoutCodes.$unset }),
      ...nextEpoch,
      ...pushEntry(entry),
    };
    const which = { ...asRead(this), authenticator: { $ne: null } };
    return writeWithEntry(getUserCollection(), which, update, entry);
  },

  /**
   * Removes all factors and recovery codes. Ends all sessions. Returns false if there is no factor.
   * @param options.keepsWayIn true for owners: also returns false if there is no password, so that a passkey is the last
   * login method. Operators may remove it: a password reset by email then gives access
   */
  removeFactors(this: Account, entry?: OutboxEntry, { keepsWayIn = false } = {}): Promise<boolean> {
    const which = {
      ...(keepsWayIn ? { ...asRead(this), passwordHash: { $type: "string" } } : { _id: this._id }),
      $or: [{ authenticator: { $ne: null } }, { "passkeys.0": { $exists: true } }],
    };
    return writeWithEntry(getUserCollection(), which, { ...withoutFactors, ...pushEntry(entry) }, entry);
  },

  /**
   * Uses the code of a time step. Of several requests with the same code, only one succeeds.
   * @returns false if this or a later code was used before, or if the authenticator app has been replaced
   */
  async useStep(this: Account & { authenticator?: { addedAt: Date } | null }, step: number): Promise<boolean> {
    const own = { _id: this._id, "authenticator.addedAt": this.authenticator?.addedAt ?? null };
    const unused = { $or: [{ authenticatorUse: null }, { "authenticatorUse.step": { $lt: step } }] };
    const $set = { authenticatorUse: { step, at: new Date() } };
    return (await getUserCollection().updateOne({ ...own, ...unused }, { $set })).matchedCount === 1;
  },

  /** Replaces the recovery codes. Returns false if the account has no factor, or has changed since it was read. */
  setRecoveryCodes(this: Account, hashes: string[], entry?: OutboxEntry): Promise<boolean> {
    const which = { ...asRead(this), $or: [{ authenticator: { $ne: null } }, { "passkeys.0": { $exists: true } }] };
    const $set = { recoveryCodes: hashes, recoveryCodesMadeAt: new Date() };
    return writeWithEntry(getUserCollection(), which, { $set, ...pushEntry(entry) }, entry);
  },

  /** Uses a recovery code. Of several requests with the same code, only one succeeds. */
  useRecoveryCode(this: Account, hash: string, entry: OutboxEntry): Promise<boolean> {
    const update = { $pull: { recoveryCodes: hash }, ...pushEntry(entry) };
    return writeWithEntry(getUserCollection(), { _id: this._id, recoveryCodes: hash }, update, entry);
  },
};

const HOURS = 3_600_000;
/** An intruder may have added a factor shortly before the event that the owner reports. */
const BEFORE_EVENT_MS = 1 * HOURS;

/**
 * Returns the stages of a write that removes what an intruder may have added: the factors and recovery codes from after
 * the event that a "this wasn't me" link reports, or from the hour before it. Older ones stay, so that a thief of the
 * mailbox cannot remove them. The first bytes of a link's id are the time of the event (models/outbox/once.ts).
 */
export function buildIntruderStages(link: Types.ObjectId | undefined): object[] {
  if (!link) return [];
  const since = new Date(link.getTimestamp().getTime() - BEFORE_EVENT_MS);
  const isNew = (at: string) => ({ $gt: [at, since] }); // false if there is no such time
  const unlessNew = (field: string) => ({ $cond: [isNew("$authenticator.addedAt"), null, field] });
  const passkeys = { $filter: { input: { $ifNull: ["$passkeys", []] }, cond: { $not: [isNew("$$this.addedAt")] } } };
  const isProtected = { $or: [{ $ne: [{ $ifNull: ["$authenticator", null] }, null] }, { $ne: ["$passkeys", []] }] };
  const keepsCodes = { $and: [isProtected, { $not: [isNew("$recoveryCodesMadeAt")] }] };
  return [
    {
      $set: { authenticator: unlessNew("$authenticator"), authenticatorUse: unlessNew("$authenticatorUse"), passkeys },
    },
    {
      $set: {
        recoveryCodes: { $cond: [keepsCodes, "$recoveryCodes", "$$REMOVE"] },
        recoveryCodesMadeAt: { $cond: [keepsCodes, "$recoveryCodesMadeAt", null] },
      },
    },
  ];
}

export const withoutCodes = { $set: { recoveryCodesMadeAt: null }, $unset: { recoveryCodes: 1 } };

/** The part of an update that removes all factors and recovery codes, and ends all sessions. */
export const withoutFactors = {
  $set: { authenticator: null, authenticatorUse: null, passkeys: [], ...withoutCodes.$set },
  $unset: withoutCodes.$unset,
  ...nextEpoch,
};
