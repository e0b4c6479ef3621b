import type { Types } from "mongoose";
import { type OutboxEntry, pushEntry, writeWithEntry } from "../outbox.js";
import { getUserCollection } from "./collection.js";

type Account = { _id: Types.ObjectId };
/** The hash of the picture that an account shows, and the upload that is to become the next. */
export type WithAvatar = { picture: string | null; pictureUpload: Types.ObjectId | null };

const asBefore = { returnDocument: "before", projection: { picture: 1, pictureUpload: 1 } } as const;

/** What happens to the picture of an account. Each is one atomic write. */
export const avatarMethods = {
  /** Notes which upload is to become the picture: the last one to say so wins. False when the account is locked. */
  expectPicture(this: Account, upload: Types.ObjectId, entry?: OutboxEntry): Promise<boolean> {
    const expected = { $set: { pictureUpload: upload }, ...pushEntry(entry) };
    return writeWithEntry(getUserCollection(), { _id: this._id, disabledAt: null }, expected, entry);
  },

  /**
   * Shows the picture that was made of an upload; false when another one is expected by now, or none.
   * @returns the hash of the one shown before
   */
  async showPicture(this: Account, upload: Types.ObjectId, hash: string): Promise<string | null | false> {
    const shown = { $set: { picture: hash, pictureUpload: null } };
    const before = await getUserCollection().findOneAndUpdate(
      { _id: this._id, pictureUpload: upload },
      shown,
      asBefore,
    );
    return before ? ((before.picture as string | undefined) ?? null) : false;
  },

  /** Shows no picture any more, and expects none. @returns the entry, for which it was; null when there was nothing to drop */
  async dropPicture(this: Account, entryFor: (before: WithAvatar) => OutboxEntry): Promise<OutboxEntry | null> {
    for (;;) {
      const read = await getUserCollection().findOne({ _id: this._id }, { projection: asBefore.projection });
      const before = { picture: read?.picture ?? null, pictureUpload: read?.pictureUpload ?? null };
      if (!before.picture && !before.pictureUpload) return null;
      const entry = entryFor(before);
      const none = { $set: { picture: null, pictureUpload: null }, ...pushEntry(entry) };
      if (await writeWithEntry(getUserCollection(), { _id: this._id, ...before }, none, entry)) return entry;
    }
  },
};
