import mongoose, { type Types } from "mongoose";

type Account = { _id: Types.ObjectId };
/** The hash of the picture that an account shows, and the upload that is to become the next. */
type Pictured = { picture: string | null; pictureUpload: Types.ObjectId | null };

const asBefore = { returnDocument: "before", projection: { picture: 1, pictureUpload: 1 } } as const;
const accounts = () => mongoose.model("User").collection;

/** What happens to the picture of an account. Each is one atomic write. */
export const pictureVerbs = {
  /** Notes which upload is to become the picture: the last one to say so wins. False when the account is locked. */
  async expectPicture(this: Account, upload: Types.ObjectId): Promise<boolean> {
    const expected = { $set: { pictureUpload: upload } };
    return (await accounts().updateOne({ _id: this._id, disabledAt: null }, expected)).matchedCount === 1;
  },

  /**
   * Shows the picture that was made of an upload; false when another one is expected by now, or none.
   * @returns the hash of the one shown before
   */
  async showPicture(this: Account, upload: Types.ObjectId, hash: string): Promise<string | null | false> {
    const shown = { $set: { picture: hash, pictureUpload: null } };
    const before = await accounts().findOneAndUpdate({ _id: this._id, pictureUpload: upload }, shown, asBefore);
    return before ? ((before.picture as string | undefined) ?? null) : false;
  },

  /** Shows no picture any more, and expects none. Answers which it was. */
  async dropPicture(this: Account): Promise<Pictured> {
    const none = { $set: { picture: null, pictureUpload: null } };
    const before = await accounts().findOneAndUpdate({ _id: this._id }, none, asBefore);
    return { picture: before?.picture ?? null, pictureUpload: before?.pictureUpload ?? null };
  },
};
