import { type InferSchemaType, model, Schema, Types, trusted } from "mongoose";
import { avatarSizes, type ImageType, imageTypes, type Refusal, refusals } from "../lib/files/images.js";
import { insertOnce } from "./outbox.js";

const HOURS = 3_600_000;
/** Unfinished uploads are checked again after this time, in case their process has stopped. */
const DONE_WITHIN_MS = 1 * HOURS;
/** How long the user can read why an upload was rejected. */
const TOLD_FOR_MS = 7 * 24 * HOURS;
const AT_ONCE = 50;

const schema = new Schema({
  user: { type: Schema.Types.ObjectId, required: true },
  uploadedAt: { type: Date, required: true },
  /** The hash that names the resized files, set when they are being made. */
  hash: { type: String, default: null },
  /** Why the upload was rejected. */
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
 * Uploaded avatars. The record exists before the first file is written and until the last file is deleted, so that no
 * file is left behind. The user's fields `picture` and `pictureUpload` say which upload is shown.
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

  /** Sets the hash that names the files. Returns false if the upload no longer exists. */
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

  /** Schedules a check for the avatar that is about to be replaced. Call it before the replacement. */
  async scheduleCheck(user: Types.ObjectId): Promise<void> {
    await pictures.updateMany({ user, lookAt: null }, { $set: { lookAt: after(DONE_WITHIN_MS) } });
  },

  /** Postpones the next check, because processing is tried again. */
  async postponeCheck(id: Types.ObjectId): Promise<void> {
    await pictures.updateOne({ _id: id }, { $set: { lookAt: after(DONE_WITHIN_MS) } });
  },

  /** Lists up to 50 uploads of a user, newest first. */
  async listForUser(user: Types.ObjectId | string): Promise<Avatar[]> {
    return pictures.find({ user }).sort({ uploadedAt: -1 }).limit(AT_ONCE).lean<Avatar[]>();
  },

  /** Lists up to 50 uploads that are due for a check, longest waiting first. */
  async listToCheck(now = new Date()): Promise<Avatar[]> {
    return pictures
      .find({ lookAt: trusted({ $lte: now }) })
      .sort({ lookAt: 1 })
      .limit(AT_ONCE)
      .lean<Avatar[]>();
  },
});

/** Name of the file as it was uploaded. No address serves it. */
export const getOriginalName = (id: Types.ObjectId | string): string => `originals/${id}`;
/** Name of the resized file. */
export const getFileName = (hash: string, size: number, type: ImageType): string => `pictures/${hash}-${size}.${type}`;
/** Names of all files that an upload can have. */
export const listFileNames = ({ _id, hash }: Pick<Avatar, "_id" | "hash">): string[] => [
  getOriginalName(_id),
  ...(hash ? avatarSizes.flatMap((size) => imageTypes.map((type) => getFileName(hash, size, type))) : []),
];
