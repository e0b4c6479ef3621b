import { type InferSchemaType, Types } from "mongoose";
import { isDuplicate } from "../../../database/errors.js";
import type { Outcome } from "../../../definitions/outcomes.js";
import { type OutboxEntry, pushEntry, writeWithEntry } from "../../outbox.js";
import { getUserCollection } from "../collection.js";
import { asRead, type Factors, hasSecondFactor, nextEpoch, type passkeySchema, withoutCodes } from "./factors.js";

/** Maximum number of passkeys of an account. */
export const MOST_PASSKEYS = 20;

type Passkey = InferSchemaType<typeof passkeySchema> & { _id: Types.ObjectId };
/** A passkey as the browser created it. */
export type NewPasskey = Pick<
  Passkey,
  "credential" | "publicKey" | "counter" | "transports" | "name" | "isSynced" | "isBackedUp"
>;

type Account = { _id: Types.ObjectId; sessionEpoch: number } & Factors;

/** Methods that change or use the passkeys of an account. Each makes one atomic write. */
export const passkeyMethods = {
  /**
   * Adds a passkey. The first factor of an account ends all sessions.
   * @returns "exists" if another account has it; "stale" if the account has changed since it was read, has it already,
   * or already has the maximum number of passkeys
   */
  async addPasskey(
    this: Account,
    passkey: NewPasskey,
    entry?: OutboxEntry,
  ): Promise<Outcome<"done" | "exists" | "stale">> {
    const isFirst = !hasSecondFactor(this);
    const added = { _id: new Types.ObjectId(), ...passkey, addedAt: new Date(), lastUsedAt: null };
    const room = { [`passkeys.${MOST_PASSKEYS - 1}`]: { $exists: false } };
    const which = { ...asRead(this), ...room, "passkeys.credential": { $ne: passkey.credential } };
    const $push = { passkeys: added, ...pushEntry(entry).$push };
    const update = { $push, ...(isFirst && nextEpoch) };
    try {
      return (await writeWithEntry(getUserCollection(), which, update, entry)) ? "done" : "stale";
    } catch (error) {
      if (isDuplicate(error, "passkeys.credential")) return "exists";
      throw error;
    }
  },

  /** Renames a passkey. Returns false if the account does not have it. */
  async renamePasskey(this: Account, id: string, name: string): Promise<boolean> {
    const which = { _id: this._id, "passkeys._id": new Types.ObjectId(id) };
    return (await getUserCollection().updateOne(which, { $set: { "passkeys.$.name": name } })).matchedCount === 1;
  },

  /**
   * Removes a passkey, and the recovery codes with the last factor. Ends all sessions. The last login method stays:
   * without a password, another passkey must remain. Two concurrent removals cannot both succeed, because each ends the
   * epoch.
   * @returns false if the account does not have it, has changed since it was read, or would have no login method
   */
  removePasskey(this: Account, id: string, entry?: OutboxEntry): Promise<boolean> {
    const isLast = !this.authenticator && this.passkeys?.length === 1;
    const which = {
      ...asRead(this),
      "passkeys._id": new Types.ObjectId(id),
      $or: [{ passwordHash: { $type: "string" } }, { "passkeys.1": { $exists: true } }],
      ...(isLast && { passkeys: { $size: 1 } }),
    };
    const update = {
      $pull: { passkeys: { _id: new Types.ObjectId(id) } },
      ...(isLast && withoutCodes),
      ...nextEpoch,
      ...pushEntry(entry),
    };
    return writeWithEntry(getUserCollection(), which, update, entry);
  },

  /**
   * Records a use. Of several concurrent uses with the same counter, only one succeeds, unless the passkey has no
   * signature counter (always 0; WebAuthn Level 3, 6.1.1).
   * @returns false if the counter is not higher than the stored one, or if the passkey was removed
   */
  async usePasskey(
    this: Account,
    credential: string,
    { counter, isBackedUp }: { counter: number; isBackedUp: boolean },
  ): Promise<boolean> {
    const isHigher = counter === 0 ? 0 : { $lt: counter };
    const which = { _id: this._id, passkeys: { $elemMatch: { credential, counter: isHigher } } };
    const used = { counter, isBackedUp, lastUsedAt: new Date() };
    const $set = Object.fromEntries(Object.entries(used).map(([name, value]) => [`passkeys.$.${name}`, value]));
    return (await getUserCollection().updateOne(which, { $set })).matchedCount === 1;
  },
};
