import { model, Schema, Types, trusted } from "mongoose";
import { digest } from "../lib/secrets.js";

const DAYS = 86_400_000;
/** A browser that did not sign in for so long is a stranger again. */
export const DEVICE_KEPT_MS = 180 * DAYS;

const schema = new Schema({
  /** SHA-256 of the id in the browser's cookie. */
  key: { type: String, required: true },
  user: { type: Schema.Types.ObjectId, required: true },
  /** What the person calls it. */
  name: { type: String, default: "" },
  agent: { type: String, default: "" },
  ip: { type: String, default: "" },
  firstSeenAt: { type: Date, required: true },
  lastSeenAt: { type: Date, required: true },
  expiresAt: { type: Date, required: true },
});
schema.index({ key: 1, user: 1 }, { unique: true });
schema.index({ user: 1, lastSeenAt: -1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const devices = model("Device", schema);
export type Device = InstanceType<typeof devices>;

/** The browsers that a person has signed in with: one entry for each person and browser. */
export const Device = Object.assign(devices, {
  /** The accounts that this browser has signed in to, each with the id of its entry. */
  async entriesOf(browser: string | null): Promise<Map<string, string>> {
    if (browser === null) return new Map();
    const found = await devices
      .find({ key: digest(browser), expiresAt: trusted({ $gt: new Date() }) })
      .select("user")
      .limit(20)
      .lean();
    return new Map(found.map(({ _id, user }) => [String(user), String(_id)]));
  },

  /** The ids of these accounts. */
  async accountsOf(browser: string | null): Promise<string[]> {
    return [...(await Device.entriesOf(browser)).keys()];
  },

  /** Notes that a person signs in with a browser. Answers its entry, and whether it is new. */
  async noteSignIn(browser: string, user: string, from: { ip: string; agent: string }) {
    const now = new Date();
    const seen = { ...from, lastSeenAt: now, expiresAt: new Date(now.getTime() + DEVICE_KEPT_MS) };
    const which = { key: digest(browser), user: new Types.ObjectId(user) };
    const result = await devices.findOneAndUpdate(
      which,
      { $set: seen, $setOnInsert: { firstSeenAt: now, name: "" } },
      { upsert: true, returnDocument: "after", includeResultMetadata: true },
    );
    return { id: String(result.value?._id), isNew: !result.lastErrorObject?.updatedExisting };
  },
});
