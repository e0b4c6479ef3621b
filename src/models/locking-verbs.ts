import mongoose, { type Types } from "mongoose";
import { isSuper, type StoredGrant } from "./grants.js";
import { DELETION_AFTER_MS, type PostsAfterwards } from "./leaving-verbs.js";

type Account = { _id: Types.ObjectId; roles: Iterable<StoredGrant> };

const change = async ({ _id }: Account, update: object | object[], condition: object) =>
  (await mongoose.model("User").collection.updateOne({ _id, ...condition }, update as object[])).modifiedCount === 1;

/**
 * Holds while the account is no superadmin's, or was one's when it was read: then `leaveOffice` was asked first. Somebody
 * who became one since was not.
 */
const askedFirst = ({ roles }: Account) =>
  [...roles].some(isSuper) ? {} : { roles: { $not: { $elemMatch: { role: "superadmin", domain: null } } } };

/** How others lock an account, and open it again. Each is one atomic write; of two at once one changes something. */
export const lockingVerbs = {
  /** Locks the person out, at once and everywhere. False when they are already, or became a superadmin just now. */
  disable(this: Account): Promise<boolean> {
    const update = { $set: { disabledAt: new Date() }, $inc: { sessionEpoch: 1 } };
    return change(this, update, { disabledAt: null, ...askedFirst(this) });
  },

  /** Locks the person out as above, and plans to delete the account. False too when the deletion has begun. */
  imposeDeletion(this: Account, posts: PostsAfterwards): Promise<boolean> {
    const now = new Date();
    const dueAt = { $min: ["$deletion.dueAt", new Date(now.getTime() + DELETION_AFTER_MS)] };
    const $set = {
      disabledAt: { $ifNull: ["$disabledAt", now] },
      deletion: { dueAt, posts, imposed: true },
      sessionEpoch: { $add: ["$sessionEpoch", 1] },
    };
    const open = { "deletion.begunAt": null, "deletion.imposed": { $ne: true } };
    return change(this, [{ $set }], { ...open, ...askedFirst(this) });
  },

  /**
   * Lets a disabled person in again, with new sessions only, and drops a deletion that others planned; their own plan
   * stays. False when they are not disabled, or when the account is being deleted.
   */
  enable(this: Account): Promise<boolean> {
    const deletion = { $cond: [{ $eq: ["$deletion.imposed", true] }, null, "$deletion"] };
    const locked = { disabledAt: { $type: "date" }, "deletion.begunAt": null };
    return change(this, [{ $set: { disabledAt: null, deletion } }], locked);
  },
};
