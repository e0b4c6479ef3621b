import { Types, trusted } from "mongoose";
import { type UserDocument, userModel, withHash } from "../model.js";
import { isDate, matchEpoch, NAME_KEPT_MS } from "./unused.js";

/** Registrations, and accounts that were used before their email was confirmed. */
export const signUps = {
  /**
   * Finds the registration that a browser or link refers to. Returns null if it is confirmed or its credentials have
   * changed.
   */
  async findSignUp({ id, epoch }: { id: string; epoch: number }): Promise<UserDocument | null> {
    return userModel.findOne({ _id: id, ...matchEpoch(epoch), emailConfirmedAt: null, disabledAt: null }, withHash);
  },

  /** Returns the id of the account with this email or recovery email among these accounts, or null. It may be unconfirmed. */
  async findAmong(ids: string[], email: string): Promise<string | null> {
    const among = trusted({ $in: ids.map((id) => new Types.ObjectId(id)) });
    const found = await userModel
      .findOne({ _id: among, $or: [{ email }, { "recoveryEmail.address": email }] }, "_id")
      .lean();
    return found && String(found._id);
  },

  /** Returns the newest of these accounts that has this email unconfirmed, or null. */
  async findUnconfirmed(email: string, among: string[]): Promise<UserDocument | null> {
    const _id = trusted({ $in: among.map((id) => new Types.ObjectId(id)) });
    return userModel.findOne({ email, emailConfirmedAt: null, _id }, withHash).sort({ createdAt: -1 });
  },

  /** Returns the newest registration that has this email unconfirmed, or null. */
  async findNewestUnconfirmed(email: string): Promise<UserDocument | null> {
    return userModel.findOne({ email, emailConfirmedAt: null }).sort({ createdAt: -1 });
  },

  /**
   * Returns the only registration that has this email unconfirmed. Returns null if there are several, because it is
   * unknown which one the owner made.
   */
  async findOnlyUnconfirmed(email: string): Promise<UserDocument | null> {
    const [one = null, other] = await userModel
      .find({ email, emailConfirmedAt: null })
      .sort({ createdAt: -1 })
      .limit(2);
    return other ? null : one;
  },

  /** Lists up to 100 registrations that have this email unconfirmed, oldest first. */
  async listUnconfirmed(email: string): Promise<UserDocument[]> {
    return userModel.find({ email, emailConfirmedAt: null }).sort({ createdAt: 1 }).limit(100);
  },

  /**
   * Returns true if others may take the username of a registration, because it was not confirmed within a day and never
   * used. Accounts that an admin opened have more time.
   */
  isLapsed(user: UserDocument, now = Date.now()): boolean {
    const { emailConfirmedAt, lastLoginAt, createdAt, passwordHash, passkeys, passwordChangeRequiredAt } = user;
    const isOpenedByAdmin = (!passwordHash && passkeys.length === 0) || passwordChangeRequiredAt;
    return !isOpenedByAdmin && !emailConfirmedAt && !lastLoginAt && createdAt.getTime() < now - NAME_KEPT_MS;
  },

  /** Iterates over unconfirmed accounts whose last login was before this time, longest unused first. */
  eachIdle(before: Date): AsyncIterable<UserDocument> {
    const idle = { emailConfirmedAt: null, lastLoginAt: trusted({ $lt: before, ...isDate }) };
    const found = userModel.find({ ...idle, deletion: null, disabledAt: null }).sort({ lastLoginAt: 1 });
    return found.cursor({ batchSize: 100 });
  },
};
