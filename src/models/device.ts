import { model, Schema, Types, trusted } from "mongoose";
import { digest } from "../lib/secrets.js";
import { indexOutbox, type OutboxEntry, outboxField, withEntry } from "./outbox.js";

const DAYS = 86_400_000;
/** A browser that did not sign in for so long is a stranger again. */
const DEVICE_KEPT_MS = 180 * DAYS;
/** Who signs in without cookies is a new browser each time; beyond so many, those unseen for longest are strangers again. */
const MOST_PER_PERSON = 50;
const BOUNDED = { maxTimeMS: 5_000 };

/** What the server knows of a "remember me" cookie; src/models/session/remember-me.ts tells its story. */
const remember = new Schema(
  {
    /** SHA-256 of the secret in the cookie, and of the one before it. */
    hash: { type: String, required: true },
    previousHash: { type: String, default: null },
    /** What the secret was made with from the one before it; null when that one opens nothing any more. */
    salt: { type: String, default: null },
    /** Whether the secret was given out, and its browser has not shown yet that it has it. */
    isOffered: { type: Boolean, default: false },
    /** SHA-256 of secrets that are as good until then: the browser may have one of them instead. */
    alsoGood: { type: [String], default: [] },
    rotatedAt: { type: Date, required: true },
    until: { type: Date, required: true },
    /** The person's epoch: a change of credentials makes the cookie worthless. */
    epoch: { type: Number, required: true },
  },
  { _id: false },
);

const schema = new Schema(
  {
    /** SHA-256 of the id in the browser's cookie. */
    key: { type: String, required: true },
    user: { type: Schema.Types.ObjectId, required: true },
    /** What the person calls it. */
    name: { type: String, default: "" },
    agent: { type: String, default: "" },
    ip: { type: String, default: "" },
    firstSeenAt: { type: Date, required: true },
    signedInAt: { type: Date, default: null },
    lastSeenAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    remember: { type: remember, default: null },
    /** What is left to do after a change (outbox.ts). */
    outbox: outboxField,
  },
  {
    methods: {
      /** Calls it by the name that the person gives it. */
      async rename(name: string): Promise<void> {
        await devices.updateOne({ _id: this._id }, { $set: { name } });
      },
    },
  },
);
indexOutbox(schema);
schema.index({ key: 1, user: 1 }, { unique: true });
schema.index({ user: 1, lastSeenAt: -1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const devices = model("Device", schema);
export type Device = InstanceType<typeof devices>;

/** The browsers that a person has signed in with: one entry for each person and browser. */
export const Device = Object.assign(devices, {
  /** The accounts that this browser has signed in to, each with the id of its entry. */
  async findEntries(browser: string | null): Promise<Map<string, string>> {
    if (browser === null) return new Map();
    const found = await devices
      .find({ key: digest(browser), expiresAt: trusted({ $gt: new Date() }) })
      .select("user")
      .limit(20)
      .lean();
    return new Map(found.map(({ _id, user }) => [String(user), String(_id)]));
  },

  /** The ids of these accounts. */
  async listAccounts(browser: string | null): Promise<string[]> {
    return [...(await Device.findEntries(browser)).keys()];
  },

  /**
   * Notes that a person signs in with a browser. Answers its entry, and whether it is new.
   * @param ifNew what is left to do if the browser is new
   */
  async noteLogin(browser: string, user: string, from: { ip: string; agent: string }, ifNew?: OutboxEntry) {
    const now = new Date();
    const expiresAt = new Date(now.getTime() + DEVICE_KEPT_MS);
    const seen = { ...from, signedInAt: now, lastSeenAt: now, expiresAt };
    const which = { key: digest(browser), user: new Types.ObjectId(user) };
    const result = await devices.findOneAndUpdate(
      which,
      { $set: seen, $setOnInsert: { firstSeenAt: now, name: "", ...withEntry(ifNew) } },
      { upsert: true, returnDocument: "after", includeResultMetadata: true },
    );
    const isNew = !result.lastErrorObject?.updatedExisting;
    if (isNew) await forgetOldest(which.user);
    return { id: String(result.value?._id), _id: result.value?._id ?? new Types.ObjectId(), isNew };
  },

  /** A person's devices, those seen last first. */
  async listForUser(user: string) {
    return devices
      .find({ user: new Types.ObjectId(user), expiresAt: trusted({ $gt: new Date() }) })
      .sort({ lastSeenAt: -1 })
      .limit(MOST_PER_PERSON)
      .lean();
  },

  /** Makes a person's device a stranger again, also to its "remember me" cookie. Answers its entry, or null. */
  async forget(id: string, user: string) {
    return devices.findOneAndDelete({ _id: id, user: new Types.ObjectId(user) }).lean();
  },

  /** The same for all devices of a person that last logged in until a moment. */
  async forgetUntil(user: Types.ObjectId, at: Date): Promise<void> {
    await devices.deleteMany({ user, signedInAt: trusted({ $not: { $gt: at } }) });
  },

  /** How many devices a person has, all or all but one. */
  async countOthers(user: string, kept?: string): Promise<number> {
    return devices.countDocuments({ user: new Types.ObjectId(user), ...(kept && { _id: trusted({ $ne: kept }) }) });
  },

  /** The same for all devices of a person but one, or for all. Answers how many these were. */
  async forgetOthers(user: string, kept?: string): Promise<number> {
    const others = { user: new Types.ObjectId(user), ...(kept && { _id: trusted({ $ne: kept }) }) };
    return (await devices.deleteMany(others)).deletedCount;
  },
});

async function forgetOldest(user: Types.ObjectId): Promise<void> {
  const beyond = await devices
    .find({ user }, { _id: 1 }, BOUNDED)
    .sort({ lastSeenAt: -1 })
    .skip(MOST_PER_PERSON)
    .limit(MOST_PER_PERSON)
    .lean();
  if (beyond.length > 0) await devices.deleteMany({ _id: trusted({ $in: beyond.map(({ _id }) => _id) }) });
}
