import { type InferSchemaType, model, Schema, Types, trusted } from "mongoose";
import { avatarSizes, type ImageType, imageTypes, type Refusal, refusals } from "../lib/files/images.js";
import { insertOnce } from "./outbox.js";

const HOURS = 3_600_000;
/** What is under way is looked at again after this, in case a process ended on the way. */
const DONE_WITHIN_MS = 1 * HOURS;
/** How long somebody can read why a picture could not be made. */
const TOLD_FOR_MS = 7 * 24 * HOURS;
const AT_ONCE = 50;

const schema = new Schema({
  user: { type: Schema.Types.ObjectId, required: true },
  uploadedAt: { type: Date, required: true },
  /** Under which name it is to be seen, once it is being made. */
  hash: { type: String, default: null },
  /** Why it could not be made. */
  refusal: { type: String, enum: [...refusals, null], default: null },
  /** When to look after it: whether it is made, and anybody still needs it. Null while it is shown. */
  lookAt: { type: Date, default: null },
});
schema.index({ user: 1, uploadedAt: -1 });
schema.index({ lookAt: 1 });

const pictures = model("Picture", schema);
export type Avatar = InferSchemaType<typeof schema> & { _id: Types.ObjectId };

const after = (ms: number) => new Date(Date.now() + ms);

/**
 * What people uploaded as their picture. An entry is there before the first of its files and until the last of them is gone, so that
 * nothing is left over. Which one is shown, the account says (`picture` and `pictureUpload` of the user).
 */
export const Avatar = Object.assign(pictures, {
  /** Notes that files of this upload may come. */
  async start(user: string): Promise<Avatar> {
    const begun = { _id: new Types.ObjectId(), user, uploadedAt: new Date(), lookAt: after(DONE_WITHIN_MS) };
    return (await insertOnce(pictures, begun)).document.toObject() as Avatar;
  },

  /** The upload, or null when it is gone. */
  async findUpload(id: Types.ObjectId | string): Promise<Avatar | null> {
    return pictures.findById(id).lean<Avatar>();
  },

  /** Notes under which name its files will be; false when it is gone. */
  async setHash(id: Types.ObjectId, hash: string): Promise<boolean> {
    return (await pictures.updateOne({ _id: id, refusal: null }, { $set: { hash } })).matchedCount === 1;
  },

  /** Notes why it cannot be made. */
  async reject(id: Types.ObjectId, refusal: Refusal): Promise<void> {
    await pictures.updateOne({ _id: id }, { $set: { refusal, lookAt: after(TOLD_FOR_MS) } });
  },

  /** Notes that it is shown now. */
  async markLive(id: Types.ObjectId): Promise<void> {
    await pictures.updateOne({ _id: id }, { $set: { lookAt: null } });
  },

  /** Notes that the one a person shows will be needed no longer, before that is so. */
  async scheduleCheck(user: Types.ObjectId): Promise<void> {
    await pictures.updateMany({ user, lookAt: null }, { $set: { lookAt: after(DONE_WITHIN_MS) } });
  },

  /** Notes that it is tried once more. */
  async postponeCheck(id: Types.ObjectId): Promise<void> {
    await pictures.updateOne({ _id: id }, { $set: { lookAt: after(DONE_WITHIN_MS) } });
  },

  /** Some of a person's, the newest first. */
  async listForUser(user: Types.ObjectId | string): Promise<Avatar[]> {
    return pictures.find({ user }).sort({ uploadedAt: -1 }).limit(AT_ONCE).lean<Avatar[]>();
  },

  /** Some of those to look after, those that wait longest first. */
  async listToCheck(now = new Date()): Promise<Avatar[]> {
    return pictures
      .find({ lookAt: trusted({ $lte: now }) })
      .sort({ lookAt: 1 })
      .limit(AT_ONCE)
      .lean<Avatar[]>();
  },
});

/** The file of an upload as it came. No address leads to it. */
export const getOriginalName = (id: Types.ObjectId | string): string => `originals/${id}`;
/** The file of a size. */
export const getFileName = (hash: string, size: number, type: ImageType): string => `pictures/${hash}-${size}.${type}`;
/** Every file that an upload may have. */
export const listFileNames = ({ _id, hash }: Pick<Avatar, "_id" | "hash">): string[] => [
  getOriginalName(_id),
  ...(hash ? avatarSizes.flatMap((size) => imageTypes.map((type) => getFileName(hash, size, type))) : []),
];
