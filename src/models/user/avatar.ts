import type { Types } from "mongoose";
import type { Outcome } from "../../definitions/outcomes.js";
import { type OutboxEntry, pushEntry, writeWithEntry } from "../outbox.js";
import { getUserCollection } from "./collection.js";

type Account = { _id: Types.ObjectId };
/** Hash of the current avatar, and the upload that will replace it. */
export type WithAvatar = { picture: string | null; pictureUpload: Types.ObjectId | null };

const asBefore = { returnDocument: "before", projection: { picture: 1, pictureUpload: 1 } } as const;

/** Methods that change a user's avatar. Each makes one atomic write. */
export const avatarMethods = {
  /** Sets the upload that will become the avatar. The last call wins. Returns false if the user is disabled. */
  expectPicture(this: Account, upload: Types.ObjectId, entry?: OutboxEntry): Promise<boolean> {
    const expected = { $set: { pictureUpload: upload }, ...pushEntry(entry) };
    return writeWithEntry(getUserCollection(), { _id: this._id, disabledAt: null }, expected, entry);
  },

  /**
   * Shows the avatar that was made from an upload.
   * @returns the hash of the previous avatar; false if the user has uploaded another one or removed the avatar since
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

  /**
   * Removes the avatar and any pending upload.
   * @param isAsRead only if they are the same as when the account was read
   * @returns the entry made from the previous state; null if there was nothing to remove; "stale" if they have changed
   */
  async dropPicture(
    this: Account & Partial<WithAvatar>,
    entryFor: (before: WithAvatar) => OutboxEntry,
    isAsRead = false,
  ): Promise<OutboxEntry | Outcome<"stale"> | null> {
    const known = `${this.picture ?? null} ${this.pictureUpload ?? null}`;
    for (;;) {
      const read = await getUserCollection().findOne({ _id: this._id }, { projection: asBefore.projection });
      const before = { picture: read?.picture ?? null, pictureUpload: read?.pictureUpload ?? null };
      if (isAsRead && `${before.picture} ${before.pictureUpload}` !== known) return "stale";
      if (!before.picture && !before.pictureUpload) return null;
      const entry = entryFor(before);
      const none = { $set: { picture: null, pictureUpload: null }, ...pushEntry(entry) };
      if (await writeWithEntry(getUserCollection(), { _id: this._id, ...before }, none, entry)) return entry;
    }
  },
};
