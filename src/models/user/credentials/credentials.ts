import type { Types } from "mongoose";
import { isDuplicate } from "../../../database/errors.js";
import { writeTogether } from "../../../database/write-together.js";
import type { Outcome, Taken } from "../../../definitions/outcomes.js";
import * as passwords from "../../../lib/passwords/hash.js";
import { appendEntry, type OutboxEntry, pushEntry, writeWithEntry } from "../../outbox.js";
import { getUserCollection } from "../collection.js";
import { type Before, buildDescriptionStages, type Description, matchBefore } from "../profile.js";
import { chosenByUser } from "../status.js";
import { toTaken } from "../taken.js";
import { appendCause, type Cause, isUnused, pushCause } from "../used-links.js";
import { asRead, buildIntruderStages, withoutFactors } from "./factors.js";

type Account = { _id: Types.ObjectId };
type Renaming = { since?: Before | undefined; told?: Description; entry?: OutboxEntry };
type Credentials = Account & { email: string; sessionEpoch: number; emailConfirmedAt?: Date | null };

const DAYS = 86_400_000;

/** Minimum time between two changes of the username, because other users know each other by it. */
const USERNAME_KEPT_MS = 7 * DAYS;

/**
 * Methods that change a user's credentials. Each makes one atomic write. A higher `sessionEpoch` ends all sessions and
 * invalidates all earlier mailed links (docs/decisions/0003-session-epoch.md).
 */
export const credentialMethods = {
  /**
   * Sets a new password, ends all sessions and invalidates all earlier mailed links. Returns false if the user is
   * disabled, or if the credentials have changed since they were read. Of two concurrent changes, only one succeeds.
   * @throws Overloaded
   */
  async setPassword(this: Credentials, password: string, entry?: OutboxEntry): Promise<boolean> {
    const passwordHash = await passwords.hash(password);
    const update = { $set: chosenByUser(passwordHash), $inc: { sessionEpoch: 1 }, ...pushEntry(entry) };
    return writeWithEntry(getUserCollection(), asRead(this), update, entry);
  },

  /**
   * Removes the password and ends all sessions. The last login method stays: there must be a passkey. A removal of that
   * passkey at the same time cannot also succeed, because each ends the epoch.
   * @returns false if there is no password or no passkey, or if the credentials have changed since they were read
   */
  removePassword(this: Credentials, entry?: OutboxEntry): Promise<boolean> {
    const both = { passwordHash: { $type: "string" }, "passkeys.0": { $exists: true } };
    const update = { $unset: { passwordHash: 1 }, $inc: { sessionEpoch: 1 }, ...pushEntry(entry) };
    return writeWithEntry(getUserCollection(), { ...asRead(this), ...both }, update, entry);
  },

  /**
   * Like `setPassword`, for a link that was sent to this email; also confirms the email, unless it is the recovery email.
   * The first proof of the email removes all factors, because a stranger may have registered it with a passkey.
   * Also returns false if the email no longer belongs to the account, or now belongs to another account. If the write
   * succeeds, it also uses up the link, because it ends the epoch for which the link was created.
   */
  async resetPassword(this: Credentials, passwordHash: string, email: string, cause: Cause = {}): Promise<boolean> {
    const isPrimary = email === this.email;
    const first = isPrimary && !this.emailConfirmedAt ? withoutFactors : null;
    const proved = first && { ...first.$set, emailConfirmedAt: new Date() };
    try {
      const update = {
        ...first,
        $set: { ...chosenByUser(passwordHash), ...proved },
        $inc: { sessionEpoch: 1 },
        ...pushCause(cause),
      };
      const holds = isPrimary ? { email } : { "recoveryEmail.address": email };
      const which = { ...asRead(this), ...holds, ...isUnused(cause) };
      return await writeWithEntry(getUserCollection(), which, update, cause.entry);
    } catch (error) {
      if (isDuplicate(error, "email")) return false;
      throw error;
    }
  },

  /**
   * Removes the password, and the second factors that an intruder may have added, and ends all sessions. Then only a
   * password reset by email gives access. Returns false if the link was already used.
   */
  async invalidatePassword(this: Account, cause: Cause = {}): Promise<boolean> {
    const sessionEpoch = { $add: [{ $ifNull: ["$sessionEpoch", 0] }, 1] };
    const $set = { passwordHash: "$$REMOVE", sessionEpoch, ...appendCause(cause) };
    const update = [{ $set }, ...buildIntruderStages(cause.link)];
    return writeWithEntry(getUserCollection(), { _id: this._id, ...isUnused(cause) }, update, cause.entry);
  },

  /**
   * Ends all sessions and invalidates all mailed links that act for the user. Returns false if the link was already
   * used.
   */
  async endSessions(this: Account, cause: Cause = {}): Promise<boolean> {
    const update = { $inc: { sessionEpoch: 1 }, ...pushCause(cause) };
    return writeWithEntry(getUserCollection(), { _id: this._id, ...isUnused(cause) }, update, cause.entry);
  },

  /**
   * Stores a follow-up without changing the account.
   * @param same what makes a waiting follow-up of this name the same one; then nothing is stored
   * @returns false if nothing was stored
   */
  async addFollowUp(this: Account, entry: OutboxEntry, same?: Record<string, unknown>): Promise<boolean> {
    const isNew = same && { outbox: { $not: { $elemMatch: { name: entry.name, ...same } } } };
    return writeWithEntry(getUserCollection(), { _id: this._id, ...isNew }, pushEntry(entry), entry);
  },

  /** Records a login. */
  async noteLogin(this: Account): Promise<void> {
    const update = { $set: { lastLoginAt: new Date() } };
    const write = { updateOne: { filter: { _id: this._id }, update } };
    await writeTogether(getUserCollection(), write, { mayRepeat: true });
  },

  /**
   * Changes the username. Returns "too-early" if the last change was less than a week ago, and "stale" if the profile
   * has changed since it was read (`since`).
   * @param change.told further profile fields to change in the same write
   */
  async rename(
    this: Account & { usernameChangedAt?: Date | null },
    username: string,
    { since, told = {}, entry }: Renaming = {},
  ): Promise<Outcome<"done" | "too-early" | "stale"> | Taken> {
    const settled = { $not: { $gt: new Date(Date.now() - USERNAME_KEPT_MS) } };
    try {
      const $set = { username: { $literal: username }, usernameChangedAt: new Date(), ...appendEntry(entry) };
      const update = [{ $set }, ...buildDescriptionStages(told, username)];
      const which = { _id: this._id, usernameChangedAt: settled, ...(since && matchBefore(since)) };
      if (await writeWithEntry(getUserCollection(), which, update, entry)) return "done";
      const isEarly = (this.usernameChangedAt?.getTime() ?? 0) > Date.now() - USERNAME_KEPT_MS;
      return since && !isEarly ? "stale" : "too-early";
    } catch (error) {
      return toTaken(error);
    }
  },
};
