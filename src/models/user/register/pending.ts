import { Types, trusted } from "mongoose";
import { type UserDocument, userModel, withHash } from "../model.js";
import { isDate, matchEpoch, NAME_KEPT_MS } from "./unused.js";

/** Sign-ups, and accounts that were used before anybody confirmed their address. */
export const signUps = {
  /** A sign-up that a browser or a link is about, as long as it is not confirmed and its credentials are the same; or null. */
  async findSignUp({ id, epoch }: { id: string; epoch: number }): Promise<UserDocument | null> {
    return userModel.findOne({ _id: id, ...matchEpoch(epoch), emailConfirmedAt: null, disabledAt: null }, withHash);
  },

  /** The id of the account among these whose address this is, confirmed or not; null where there is none. */
  async findAmong(ids: string[], email: string): Promise<string | null> {
    const among = trusted({ $in: ids.map((id) => new Types.ObjectId(id)) });
    const found = await userModel.findOne({ _id: among, email }, "_id").lean();
    return found && String(found._id);
  },

  /** The newest of these accounts that named an address and have not confirmed it, or null. */
  async findUnconfirmed(email: string, among: string[]): Promise<UserDocument | null> {
    const _id = trusted({ $in: among.map((id) => new Types.ObjectId(id)) });
    return userModel.findOne({ email, emailConfirmedAt: null, _id }, withHash).sort({ createdAt: -1 });
  },

  /** The newest sign-up that named an address and has not confirmed it, or null. */
  async findNewestUnconfirmed(email: string): Promise<UserDocument | null> {
    return userModel.findOne({ email, emailConfirmedAt: null }).sort({ createdAt: -1 });
  },

  /** The one sign-up that named an address and has not confirmed it; null when there are several, for nobody knows whose it is. */
  async findOnlyUnconfirmed(email: string): Promise<UserDocument | null> {
    const [one = null, other] = await userModel
      .find({ email, emailConfirmedAt: null })
      .sort({ createdAt: -1 })
      .limit(2);
    return other ? null : one;
  },

  /** Some of the sign-ups that named an address and have not confirmed it, oldest first. */
  async listUnconfirmed(email: string): Promise<UserDocument[]> {
    return userModel.find({ email, emailConfirmedAt: null }).sort({ createdAt: 1 }).limit(100);
  },

  /** Whether the name of a sign-up is free for others: it was not confirmed in a day, nor ever used. */
  isLapsed({ emailConfirmedAt, lastLoginAt, createdAt }: UserDocument, now = Date.now()): boolean {
    return !emailConfirmedAt && !lastLoginAt && createdAt.getTime() < now - NAME_KEPT_MS;
  },

  /** The accounts that nobody confirmed, nor used since this time, one by one, those unused for longest first. */
  eachIdle(before: Date): AsyncIterable<UserDocument> {
    const idle = { emailConfirmedAt: null, lastLoginAt: trusted({ $lt: before, ...isDate }) };
    const found = userModel.find({ ...idle, deletion: null, disabledAt: null }).sort({ lastLoginAt: 1 });
    return found.cursor({ batchSize: 100 });
  },
};
