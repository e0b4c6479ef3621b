import { type InferSchemaType, model, Schema, Types, trusted } from "mongoose";
import { avatarSizes, type ImageType, imageTypes, type Refusal, refusals } from "../lib/files/images.js";
import { insertOnce } from "./outbox.js";

const HOURS = 3_600_000;
/** Time after which an unfinished upload is checked again, because its process may have stopped. */
const DONE_WITHIN_MS = 1 * HOURS;
/** Time for which the user can read why an upload was rejected. */
const TOLD_FOR_MS = 7 * 24 * HOURS;
const AT_ONCE = 50;

const schema = new Schema({
  user: { type: Schema.Types.ObjectId, required: true },
  uploadedAt: { type: Date, required: true },
  /** The hash in the names of the resized files. It is set when they are created. */
  hash: { type: String, default: null },
  /** The reason why the upload was rejected. */
  refusal: { type: String, enum: [...refusals, null], default: null },
  /** When to check whether the upload is finished and still needed; null while it is the user's avatar. */
  lookAt: { type: Date, default: null },
});
schema.index({ user: 1, uploadedAt: -1 });
schema.index({ lookAt: 1 });

const pictures = model("Picture", schema);
export type Avatar = InferSchemaType<typeof schema> & { _id: Types.ObjectId };

const after = (ms: number) => new Date(Date.now() + ms);

/**
 * Uploaded avatars. The record exists from before the first file is written until after the last file is deleted, so
 * that no file is left behind. The user's fields `picture` and `pictureUpload` name the current and the pending upload.
 */
export const Avatar = Object.assign(pictures, {
  /** Records an upload before its files are written. */
  async start(user: string): Promise<Avatar> {
    const begun = { _id: new Types.ObjectId(), user, uploadedAt: new Date(), lookAt: after(DONE_WITHIN_MS) };
    return (await insertOnce(pictures, begun)).document.toObject() as Avatar;
  },

  async findUpload(id: Types.ObjectId | string): Promise<Avatar | null> {
    return pictures.findById(id).lean<Avatar>();
  },

  /** Sets the hash in the names of the files. Returns false if the upload no longer exists. */
  async setHash(id: Types.ObjectId, hash: string): Promise<boolean> {
    return (await pictures.updateOne({ _id: id, refusal: null }, { $set: { hash } })).matchedCount === 1;
  },

  /** Records why the upload was rejected. */
  async reject(id: Types.ObjectId, refusal: Refusal): Promise<void> {
    await pictures.updateOne({ _id: id }, { $set: { refusal, lookAt: after(TOLD_FOR_MS) } });
  },

  /** Records that this upload is now the user's avatar. */
  async markLive(id: Types.ObjectId): Promise<void> {
    await pictures.updateOne({ _id: id }, { $set: { lookAt: null } });
  },

  /** Schedules a check of the current avatar, which is about to be replaced. Call it before the replacement. */
  async scheduleCheck(user: Types.ObjectId): Promise<void> {
    await pictures.updateMany({ user, lookAt: null }, { $set: { lookAt: after(DONE_WITHIN_MS) } });
  },

  /** Postpones the next check, because the upload is processed again. */
  async postponeCheck(id: Types.ObjectId): Promise<void> {
    await pictures.updateOne({ _id: id }, { $set: { lookAt: after(DONE_WITHIN_MS) } });
  },

  /** Lists up to 50 uploads of a user, newest first. */
  async listForUser(user: Types.ObjectId | string): Promise<Avatar[]> {
    return pictures.find({ user }).sort({ uploadedAt: -1 }).limit(AT_ONCE).lean<Avatar[]>();
  },

  /** Lists up to 50 uploads that are due for a check, oldest due time first. */
  async listToCheck(now = new Date(), but: Types.ObjectId[] = []): Promise<Avatar[]> {
    return pictures
      .find({ _id: trusted({ $nin: but }), lookAt: trusted({ $lte: now }) })
      .sort({ lookAt: 1 })
      .limit(AT_ONCE)
      .lean<Avatar[]>();
  },
});

/** Name of the uploaded file. No address serves it. */
export const getOriginalName = (id: Types.ObjectId | string): string => `originals/${id}`;
/** Name of a resized file. */
export const getFileName = (hash: string, size: number, type: ImageType): string => `pictures/${hash}-${size}.${type}`;
/** Names of all files that an upload can have. */
export const listFileNames = ({ _id, hash }: Pick<Avatar, "_id" | "hash">): string[] => [
  getOriginalName(_id),
  ...(hash ? avatarSizes.flatMap((size) => imageTypes.map((type) => getFileName(hash, size, type))) : []),
];
