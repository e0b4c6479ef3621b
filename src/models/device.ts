import { model, Schema, Types, trusted } from "mongoose";
import { writeTogether } from "../database/write-together.js";
import { digest } from "../lib/secrets.js";
import { indexOutbox, type OutboxEntry, outboxField, withEntry } from "./outbox.js";

const DAYS = 86_400_000;
/** A browser without a login for this long counts as unknown again. */
const DEVICE_KEPT_MS = 180 * DAYS;
/**
 * Maximum number of devices per user. A browser without cookies is a new device at each login, so with more devices,
 * those unseen for longest are deleted.
 */
const MOST_PER_PERSON = 50;
const BOUNDED = { maxTimeMS: 5_000 };

/** State of a remember-me cookie, explained in models/session/remember-me.ts. */
const remember = new Schema(
  {
    /** SHA-256 of the cookie's secret. `previousHash` is the hash of the secret before it. */
    hash: { type: String, required: true },
    previousHash: { type: String, default: null },
    /** The salt with which the secret was derived from the previous one; null once the previous one is invalid. */
    salt: { type: String, default: null },
    /** True until the browser proves that it has received the newest secret. */
    isOffered: { type: Boolean, default: false },
    /**
     * SHA-256 of other secrets that are valid until then, because the browser may have received one of them instead.
     */
    alsoGood: { type: [String], default: [] },
    rotatedAt: { type: Date, required: true },
    until: { type: Date, required: true },
    /** The user's session epoch. A change of credentials raises it, which invalidates the cookie. */
    epoch: { type: Number, required: true },
  },
  { _id: false },
);

const schema = new Schema(
  {
    /** SHA-256 of the browser's device cookie. */
    key: { type: String, required: true },
    user: { type: Schema.Types.ObjectId, required: true },
    /** The name that the user has given the device. */
    name: { type: String, default: "" },
    agent: { type: String, default: "" },
    ip: { type: String, default: "" },
    firstSeenAt: { type: Date, required: true },
    signedInAt: { type: Date, default: null },
    lastSeenAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    remember: { type: remember, default: null },
    /** Until when logins with this browser skip the second factor, and the user's session epoch at that time. */
    trust: { type: new Schema({ until: Date, epoch: Number }, { _id: false }), default: null },
    /** Follow-ups that must still run after a change (outbox.ts). */
    outbox: outboxField,
  },
  {
    methods: {
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
/** A device record, and whether its browser is remembered. */
export type KnownDevice = { _id: Types.ObjectId; id: string; isRemembered: boolean };

/** Devices. There is one record for each user and browser. */
export const Device = Object.assign(devices, {
  /** Returns the device records of this browser by the id of the account that has logged in. */
  async findEntries(browser: string | null): Promise<Map<string, KnownDevice>> {
    if (browser === null) return new Map();
    const found = await devices
      .find({ key: digest(browser), expiresAt: trusted({ $gt: new Date() }) })
      .select("user remember.until")
      .limit(20)
      .lean();
    const toKnown = ({ _id, remember }: (typeof found)[number]): KnownDevice => ({
      _id,
      id: String(_id),
      isRemembered: Boolean(remember),
    });
    return new Map(found.map((one) => [String(one.user), toKnown(one)]));
  },

  /** Lists the ids of the accounts that have logged in with this browser. */
  async listAccounts(browser: string | null): Promise<string[]> {
    return [...(await Device.findEntries(browser)).keys()];
  },

  /**
   * Records a login with a browser. Returns the device record, and whether it is new and whether it is remembered.
   * @param ifNew follow-up if the browser is new
   */
  async noteLogin(browser: string, user: string, from: { ip: string; agent: string }, ifNew?: OutboxEntry) {
    const which = { key: digest(browser), user: new Types.ObjectId(user) };
    const result = await devices.findOneAndUpdate(which, buildLogin(from, ifNew), {
      upsert: true,
      returnDocument: "after",
      includeResultMetadata: true,
    });
    const isNew = !result.lastErrorObject?.updatedExisting;
    if (isNew) await forgetOldest(which.user);
    const isRemembered = Boolean(result.value?.remember);
    return { id: String(result.value?._id), _id: result.value?._id ?? new Types.ObjectId(), isNew, isRemembered };
  },

  /** Returns the record that a browser will get which has just got its cookie, so that nothing is stored for it yet. */
  createEntry(): KnownDevice {
    const _id = new Types.ObjectId();
    return { _id, id: String(_id), isRemembered: false };
  },

  /**
   * Like `noteLogin`, for a record whose id is known: from `findEntries` or `createEntry`. A record that was deleted since
   * is stored again under the same id. Sent together with the other writes of a login.
   * @returns true if the record was not stored before
   */
  async noteLoginAs(
    { _id }: KnownDevice,
    browser: string,
    user: string,
    from: { ip: string; agent: string },
    ifNew?: OutboxEntry,
  ): Promise<boolean> {
    const filter = { key: digest(browser), user: new Types.ObjectId(user) };
    const { $set, $setOnInsert } = buildLogin(from, ifNew);
    const update = { $set, $setOnInsert: { _id, ...$setOnInsert } };
    const write = { updateOne: { filter, update, upsert: true } };
    const { isUpserted } = await writeTogether(devices.collection, write, { mayRepeat: true });
    if (isUpserted) await forgetOldest(filter.user);
    return isUpserted;
  },

  /** Lists the user's devices, most recently seen first. */
  async listForUser(user: string) {
    return devices
      .find({ user: new Types.ObjectId(user), expiresAt: trusted({ $gt: new Date() }) })
      .sort({ lastSeenAt: -1 })
      .limit(MOST_PER_PERSON)
      .lean();
  },

  /** Deletes a device of the user with its remember-me cookie. Returns the record, or null. */
  async forget(id: string, user: string) {
    return devices.findOneAndDelete({ _id: id, user: new Types.ObjectId(user) }).lean();
  },

  /** Deletes the devices of a user whose last login was at or before this time. */
  async forgetUntil(user: Types.ObjectId, at: Date): Promise<void> {
    await devices.deleteMany({ user, signedInAt: trusted({ $not: { $gt: at } }) });
  },

  /** Counts the user's devices, except `kept`. */
  async countOthers(user: string, kept?: string): Promise<number> {
    return devices.countDocuments({ user: new Types.ObjectId(user), ...(kept && { _id: trusted({ $ne: kept }) }) });
  },

  /** Deletes the user's devices, except `kept`. Returns their number. */
  async forgetOthers(user: string, kept?: string): Promise<number> {
    const others = { user: new Types.ObjectId(user), ...(kept && { _id: trusted({ $ne: kept }) }) };
    return (await devices.deleteMany(others)).deletedCount;
  },
});

function buildLogin(from: { ip: string; agent: string }, ifNew?: OutboxEntry) {
  const now = new Date();
  const expiresAt = new Date(now.getTime() + DEVICE_KEPT_MS);
  return {
    $set: { ...from, signedInAt: now, lastSeenAt: now, expiresAt },
    $setOnInsert: { firstSeenAt: now, name: "", remember: null, trust: null, ...withEntry(ifNew) },
  };
}

async function forgetOldest(user: Types.ObjectId): Promise<void> {
  const beyond = await devices
    .find({ user }, { _id: 1 }, BOUNDED)
    .sort({ lastSeenAt: -1 })
    .skip(MOST_PER_PERSON)
    .limit(MOST_PER_PERSON)
    .lean();
  if (beyond.length > 0) await devices.deleteMany({ _id: trusted({ $in: beyond.map(({ _id }) => _id) }) });
}
