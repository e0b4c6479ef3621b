import type { Types } from "mongoose";
import { isDuplicate } from "../../database/errors.js";
import type { Outcome } from "../../definitions/outcomes.js";
import * as passwords from "../../lib/passwords/hash.js";
import { appendEntry, type OutboxEntry, pushEntry, writeWithEntry } from "../outbox.js";
import { getUserCollection } from "./collection.js";
import { type Before, buildDescriptionStages, type Description, matchBefore } from "./profile.js";
import { matchEpoch } from "./register/unused.js";
import { type Cause, isUnused, pushCause } from "./used-links.js";

type Account = { _id: Types.ObjectId };
type Renaming = { since?: Before | undefined; told?: Description; entry?: OutboxEntry };
type Credentials = Account & { sessionEpoch: number; emailConfirmedAt?: Date | null };

/** Holds while nobody has disabled the account or changed its credentials since it was read. */
const asRead = ({ sessionEpoch }: Credentials) => ({ ...matchEpoch(sessionEpoch), disabledAt: null });
const DAYS = 86_400_000;

/** A username may be changed once in so many days: names are how people know each other. */
const USERNAME_KEPT_MS = 7 * DAYS;

/**
 * What happens to one account. Each is one atomic write. Raising `sessionEpoch` ends all sessions and kills the links
 * that were mailed before (docs/decisions/0003-session-epoch.md).
 */
export const credentialMethods = {
  /**
   * Sets a new password, ends every session and kills every link mailed before. False when the account is disabled, or
   * its credentials were changed since it was read: of two at once one wins. @throws Overloaded
   */
  async setPassword(this: Credentials, password: string, entry?: OutboxEntry): Promise<boolean> {
    const passwordHash = await passwords.hash(password);
    const update = { $set: { passwordHash }, $inc: { sessionEpoch: 1 }, ...pushEntry(entry) };
    return writeWithEntry(getUserCollection(), { _id: this._id, ...asRead(this) }, update, entry);
  },

  /**
   * The same by a link mailed to this address, which proves the address too. False also when that is not the account's
   * any more, or another account's by now. All in one write, so that the link is used up if and only if it worked: the
   * epoch that it was made for is past. @throws Overloaded
   */
  async resetPassword(this: Credentials, password: string, email: string, cause: Cause = {}): Promise<boolean> {
    const passwordHash = await passwords.hash(password);
    const emailConfirmedAt = this.emailConfirmedAt ?? new Date();
    try {
      const update = { $set: { passwordHash, emailConfirmedAt }, $inc: { sessionEpoch: 1 }, ...pushCause(cause) };
      const which = { _id: this._id, ...asRead(this), email, ...isUnused(cause) };
      return await writeWithEntry(getUserCollection(), which, update, cause.entry);
    } catch (error) {
      if (isDuplicate(error, "email")) return false;
      throw error;
    }
  },

  /** Makes the password worthless and ends every session: only a reset by mail leads back in. False when the link did it before. */
  async invalidatePassword(this: Account, cause: Cause = {}): Promise<boolean> {
    const update = { $unset: { passwordHash: 1 }, $inc: { sessionEpoch: 1 }, ...pushCause(cause) };
    return writeWithEntry(getUserCollection(), { _id: this._id, ...isUnused(cause) }, update, cause.entry);
  },

  /** Ends every session and kills every link that was mailed to act for the person. False when the link did it before. */
  async endSessions(this: Account, cause: Cause = {}): Promise<boolean> {
    const update = { $inc: { sessionEpoch: 1 }, ...pushCause(cause) };
    return writeWithEntry(getUserCollection(), { _id: this._id, ...isUnused(cause) }, update, cause.entry);
  },

  /** Stores what is to be done for the account, where nothing of it changes. */
  async addFollowUp(this: Account, entry: OutboxEntry): Promise<boolean> {
    return writeWithEntry(getUserCollection(), { _id: this._id }, pushEntry(entry), entry);
  },

  /** Notes a sign-in and answers when the one before it was. */
  async noteLogin(this: Account): Promise<Date | null> {
    const before = await getUserCollection().findOneAndUpdate(
      { _id: this._id },
      { $set: { lastLoginAt: new Date() } },
      { returnDocument: "before", projection: { lastLoginAt: 1 } },
    );
    return before?.lastLoginAt ?? null;
  },

  /**
   * Takes another username: "too-early" when the last change is less than a week ago, "stale" when the profile is not any
   * more as it was `since`.
   * @param change.told what else is changed in the same write
   */
  async rename(
    this: Account & { usernameChangedAt?: Date | null },
    username: string,
    { since, told = {}, entry }: Renaming = {},
  ): Promise<Outcome<"done" | "username-taken" | "too-early" | "stale">> {
    const settled = { $not: { $gt: new Date(Date.now() - USERNAME_KEPT_MS) } };
    try {
      const $set = { username: { $literal: username }, usernameChangedAt: new Date(), ...appendEntry(entry) };
      const update = [{ $set }, ...buildDescriptionStages(told, username)];
      const which = { _id: this._id, usernameChangedAt: settled, ...(since && matchBefore(since)) };
      if (await writeWithEntry(getUserCollection(), which, update, entry)) return "done";
      const isEarly = (this.usernameChangedAt?.getTime() ?? 0) > Date.now() - USERNAME_KEPT_MS;
      return since && !isEarly ? "stale" : "too-early";
    } catch (error) {
      if (isDuplicate(error, "username")) return "username-taken";
      throw error;
    }
  },
};
