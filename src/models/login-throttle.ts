import { type InferSchemaType, model, Schema, Types } from "mongoose";
import { listNetworks } from "../lib/ip.js";
import { digest } from "../lib/secrets.js";
import { buildThrottleUpdate, type ThrottleSource } from "./login-throttle/update.js";

const MOST_TOLD_AT_ONCE = 100;

const schema = new Schema(
  {
    /** SHA-256 of whom it is about: some type their password where the name goes. */
    _id: String,
    /** Whose account it is; null when there is none of that name. */
    user: { type: Schema.Types.ObjectId, default: null },
    places: [{ _id: false, key: String, tries: Number, lockedUntil: Date, forgottenAt: Date }],
    /** Whether the last try was one of those whose password is looked at, and whether a lock began with it. */
    isAllowed: Boolean,
    isLast: Boolean,
    /** When the owner is to be told, and when they were. */
    tellAt: Date,
    toldAt: Date,
    /** Where the try came from with which the lock began. */
    from: new Schema({ ip: String, agent: String }, { _id: false }),
    expiresAt: Date,
  },
  { versionKey: false },
);
schema.index({ tellAt: 1 }, { name: "untold", partialFilterExpression: { tellAt: { $exists: true } } });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const attempts = model("LoginAttempt", schema);
export type StoredAttempt = InferSchemaType<typeof schema>;
type Stored = {
  _id: string;
  places?: { key: string }[];
  isAllowed?: boolean;
  isLast?: boolean;
  tellAt?: Date;
  toldAt?: Date;
};
/** The same collection with its own type of id, for updates that Mongoose would cast. */
const stored = attempts.db.collection<Stored>(attempts.collection.collectionName);

/** Whom a try is about: an account, or a name that nobody has; where it comes from; and the entry of a browser that the account knows. */
export type Try = {
  account: string | null;
  name: string;
  network: string;
  device: string | null;
  ip: string;
  agent: string;
};

/** What came of counting a try. */
export type CountedTry = { of: string; places: string[]; isAllowed: boolean; isLast: boolean };

const getThrottleKey = (account: string | null, name: string) =>
  digest(account ? `account ${account}` : `name ${name}`);

/** Of the larger networks of an IPv6 customer, by how many times the budget of one /64 they have elsewhere. */
const FREE_IN_LARGER: Record<number, number> = { 4: 10, 16: 20 };
/**
 * A browser that has signed in before has tries of its own, so that strangers cannot use up the owner's (OWASP: device cookies).
 * The owner of an IPv6 /48 cannot use up those of everybody else either. An IPv4 /24 is of many owners.
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
 * How often somebody tried the password of an account: from each browser that it knows, from each network, and from
 * everywhere. After some free tries each one locks the place for a while (docs/decisions/0014-silent-locks.md).
 */
export const LoginThrottle = Object.assign(attempts, {
  /** Counts a try before its password is looked at, and says whether it may be: one step, so of many at once none slips through. */
  async count(one: Try): Promise<CountedTry> {
    const { account, name, ip, agent } = one;
    const places = listPlaces(one);
    const user = account ? new Types.ObjectId(account) : null;
    const of = getThrottleKey(account, name);
    const found = await stored.findOneAndUpdate(
      { _id: of },
      buildThrottleUpdate(places, { user, from: { ip, agent } }, new Date()),
      { upsert: true, returnDocument: "after", projection: { isAllowed: 1, isLast: 1 } },
    );
    return {
      of,
      places: places.map(({ key }) => key),
      isAllowed: found?.isAllowed === true,
      isLast: found?.isLast === true,
    };
  },

  /** Forgets the tries that came from the same place as this one, which turned out right. */
  async forgive({ of, places, isLast }: CountedTry): Promise<void> {
    const pardon = { $pull: { places: { key: { $in: places } } }, ...(isLast && { $unset: { tellAt: 1 as const } }) };
    await stored.updateOne({ _id: of }, pardon);
  },

  /** Forgets all tries at an account: its owner has shown who they are by other means. */
  async forget(account: string): Promise<void> {
    const all = { $set: { places: [] }, $unset: { tellAt: 1 as const } };
    await stored.updateOne({ _id: getThrottleKey(account, "") }, all);
  },

  /** Drops the counts of accounts that are removed. */
  async drop(...removed: string[]): Promise<void> {
    await stored.deleteMany({ _id: { $in: removed.map((account) => getThrottleKey(account, "")) } });
  },

  /** Whose owners are to be told that their account is locked: at most once a day. */
  async listUntold(): Promise<StoredAttempt[]> {
    const due = { tellAt: { $lte: new Date(), $type: "date" } }; // the type is what the index is of
    return attempts.collection.find<StoredAttempt>(due).sort({ tellAt: 1 }).limit(MOST_TOLD_AT_ONCE).toArray();
  },

  /** Notes that the owner was told. */
  async noteTold(id: string): Promise<void> {
    const told = { $set: { toldAt: new Date() }, $unset: { tellAt: 1 as const } };
    await stored.updateOne({ _id: id }, told);
  },
});
