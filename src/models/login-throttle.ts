import { type InferSchemaType, model, Schema, Types } from "mongoose";
import { writeTogether } from "../database/write-together.js";
import { listNetworks } from "../lib/network/ip.js";
import { digest } from "../lib/secrets.js";
import { buildThrottleUpdate, type ThrottleSource } from "./login-throttle/update.js";

const MOST_TOLD_AT_ONCE = 100;

const schema = new Schema(
  {
    /** SHA-256 of the account or name. Names are hashed, because some users type their password into that field. */
    _id: String,
    /** The account; null if no user has this name. */
    user: { type: Schema.Types.ObjectId, default: null },
    places: [{ _id: false, key: String, tries: Number, lockedUntil: Date, forgottenAt: Date }],
    /** True if the attempts were to prove a second factor, after the right password. */
    isFactor: Boolean,
    /** Whether the last attempt was allowed (its password was checked), and whether it started a lockout. */
    isAllowed: Boolean,
    isLast: Boolean,
    /** When to notify the owner, and when the owner was notified. */
    tellAt: Date,
    toldAt: Date,
    /** Origin of the attempt that started the lockout. */
    from: new Schema({ ip: String, agent: String }, { _id: false }),
    expiresAt: Date,
  },
  { versionKey: false },
);
schema.index({ tellAt: 1 }, { name: "untold", partialFilterExpression: { tellAt: { $exists: true } } });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const attempts = model("LoginAttempt", schema);
export type StoredAttempt = InferSchemaType<typeof schema> & { _id: string };
type Stored = {
  _id: string;
  places?: { key: string }[];
  isAllowed?: boolean;
  isLast?: boolean;
  tellAt?: Date;
  toldAt?: Date;
};
/** The same collection with a string id. Mongoose would cast the values in update pipelines. */
const stored = attempts.db.collection<Stored>(attempts.collection.collectionName);

/**
 * A login attempt: the account, or only the name if there is no account; the origin; and the device record if the
 * account knows the browser.
 */
export type Try = {
  account: string | null;
  name: string;
  network: string;
  device: string | null;
  ip: string;
  agent: string;
  /** What is proved, if it is not the password. Wrong codes and wrong passwords are counted separately. */
  of?: "factor";
};

/** Result of counting a login attempt. */
export type CountedTry = { of: string; places: string[]; isAllowed: boolean; isLast: boolean };

const getThrottleKey = (account: string | null, name: string, of: Try["of"] | "account" = "account") =>
  digest(account ? `${of} ${account}` : `name ${name}`);

const listThrottleKeys = (account: string) => [getThrottleKey(account, ""), getThrottleKey(account, "", "factor")];

/**
 * Free attempts of the larger networks of an IPv6 customer, for one account. The keys are the `times` of these networks
 * (lib/network/ip.ts).
 */
const FREE_IN_LARGER: Record<number, number> = { 4: 10, 16: 20 };
/**
 * A known browser has its own budget, so that strangers cannot use up the owner's (OWASP: device cookies). Larger IPv6
 * networks are also counted, so that the owner of a /48 cannot use up the budget of all other networks. An IPv4 /24 has
 * many owners, so it is not counted.
 */
const listPlaces = ({ device, network, ip }: Try): ThrottleSource[] => {
  if (device) return [{ key: `device ${device}`, free: 10 }];
  const larger = ip.includes(":")
    ? listNetworks(ip)
        .filter(({ name }) => name.includes(":"))
        .slice(1)
    : [];
  return [
    { key: `network ${network}`, free: 5 },
    ...larger.map(({ name, times }) => ({ key: `network ${name}`, free: FREE_IN_LARGER[times] ?? 5 })),
    { key: "everywhere", free: 50 },
  ];
};

/**
 * Counts password attempts per account: for each known browser, for each network, and in total. After some free
 * attempts, each further attempt locks its source out for a while (docs/decisions/0014-silent-locks.md).
 */
export const LoginThrottle = Object.assign(attempts, {
  /**
   * Counts an attempt and decides whether its password may be checked. The write is atomic, so concurrent attempts
   * cannot exceed the budget.
   */
  async count(one: Try): Promise<CountedTry> {
    const { account, name, ip, agent } = one;
    const isFactor = one.of === "factor";
    const places = listPlaces(one);
    const user = account ? new Types.ObjectId(account) : null;
    const of = getThrottleKey(account, name, one.of);
    const found = await stored.findOneAndUpdate(
      { _id: of },
      buildThrottleUpdate(places, { user, from: { ip, agent }, isFactor }, new Date()),
      { upsert: true, returnDocument: "after", projection: { isAllowed: 1, isLast: 1 } },
    );
    return {
      of,
      places: places.map(({ key }) => key),
      isAllowed: found?.isAllowed === true,
      isLast: found?.isLast === true,
    };
  },

  /** After a correct password, deletes the counted attempts from the same source. */
  async forgive({ of, places, isLast }: CountedTry): Promise<void> {
    const pardon = { $pull: { places: { key: { $in: places } } }, ...(isLast && { $unset: { tellAt: 1 as const } }) };
    await writeTogether(attempts.collection, { updateOne: { filter: { _id: of }, update: pardon } });
  },

  /** Deletes all counted passwords for an account, because the owner has proved their identity in another way. */
  async forget(account: string): Promise<void> {
    const all = { $set: { places: [] }, $unset: { tellAt: 1 as const } };
    await stored.updateOne({ _id: getThrottleKey(account, "") }, all);
  },

  /** Deletes the counters of deleted accounts. */
  async drop(...removed: string[]): Promise<void> {
    await stored.deleteMany({ _id: { $in: removed.flatMap(listThrottleKeys) } });
  },

  /** Lists accounts whose owners must be notified of a lockout. An owner is notified at most once a day. */
  async listUntold(but: string[] = []): Promise<StoredAttempt[]> {
    const due = { _id: { $nin: but }, tellAt: { $lte: new Date(), $type: "date" as const } }; // $type matches the partial index
    return stored.find<StoredAttempt>(due).sort({ tellAt: 1 }).limit(MOST_TOLD_AT_ONCE).toArray();
  },

  /** Records that the owner was notified. */
  async noteTold(id: string): Promise<void> {
    const told = { $set: { toldAt: new Date() }, $unset: { tellAt: 1 as const } };
    await stored.updateOne({ _id: id }, told);
  },
});
