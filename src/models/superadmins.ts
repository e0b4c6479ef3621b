import mongoose, { model, Schema, type Types } from "mongoose";
import { isDuplicate } from "../database/errors.js";

const ID = "superadmins";
const schema = new Schema({ _id: String, members: [Schema.Types.ObjectId] }, { versionKey: false });
const seats = model("Seat", schema);
const holds = { "roles.role": "superadmin", disabledAt: null };

/**
 * The superadmins who can act, all in one document, so that "not the last one" is one atomic condition however many try at
 * once (docs/decisions/0015-roles.md). Whoever is in here has the role; after a crash somebody may have the role and no
 * seat, which only makes the rule stricter.
 */
export const superadmins = {
  /** Takes the first seat. False when there ever was another. */
  async found(user: Types.ObjectId): Promise<boolean> {
    try {
      await seats.collection.insertOne({ _id: ID as never, members: [user] });
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  },

  /** Takes a seat, after the role was given. */
  async join(user: Types.ObjectId): Promise<void> {
    await seats.collection.updateOne({ _id: ID as never }, { $addToSet: { members: user } } as object, {
      upsert: true,
    });
    await superadmins.settle(user);
  },

  /** Gives up a seat, before the role is taken or the account locked. False when nobody else would be left. */
  async leave(user: Types.ObjectId): Promise<boolean> {
    const seated = (await seats.collection.findOne({ _id: ID as never }))?.members as Types.ObjectId[] | undefined;
    const others = (seated ?? []).filter((one) => !one.equals(user));
    if (!(await accounts().findOne({ _id: { $in: others }, ...holds }, { projection: { _id: 1 } }))) return false;
    const another = [
      { members: user, "members.1": { $exists: true } },
      { members: { $ne: user }, "members.0": { $exists: true } },
    ];
    const left = await seats.collection.updateOne({ _id: ID as never, $or: another }, {
      $pull: { members: user },
    } as object);
    return left.matchedCount === 1;
  },

  /** Gives back the seat of somebody who has not the role, or is locked: another request was faster. */
  async settle(user: Types.ObjectId): Promise<void> {
    if (await accounts().findOne({ _id: user, ...holds }, { projection: { _id: 1 } })) return;
    await seats.collection.updateOne({ _id: ID as never }, { $pull: { members: user } } as object);
  },
};

const accounts = () => mongoose.model("User").collection;
