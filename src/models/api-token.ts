import { type InferSchemaType, model, Schema, Types, trusted } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import { beginningOf, isWellFormedApiToken, newApiToken } from "../lib/api-tokens.js";
import { batched } from "../lib/batch.js";
import type { Scope } from "../lib/scopes.js";
import { digest } from "../lib/secrets.js";
import { asPerson, type PersonFields, withPerson } from "./person.js";
import { isDate } from "./untouched.js";

/** A use is noted again after so long. */
const NOTED_EVERY_MS = 60_000;
/** Nobody needs more; it also bounds the list. */
export const MOST_TOKENS = 50;
const WARNED_BEFORE_MS = 7 * 86_400_000;

const schema = new Schema(
  {
    user: { type: Schema.Types.ObjectId, required: true },
    /** A person has so many places for tokens, and one token in each: so nobody has more, however many are made at once. */
    slot: { type: Number, required: true },
    /** What is stored of the token, and its first letters, for its owner to know it by. */
    hash: { type: String, required: true },
    beginning: { type: String, required: true },
    description: { type: String, required: true },
    scopes: { type: [String], required: true },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    /** When its owner is to be told that it ends soon; null when they were, or when it never lives that long. */
    warnAt: { type: Date, default: null },
    lastUsedAt: { type: Date, default: null },
    lastUsedIp: { type: String, default: null },
  },
  { versionKey: false },
);
schema.index({ hash: 1 }, { unique: true });
schema.index({ user: 1, slot: 1 }, { unique: true });
// Of whom to tell that a token ends soon.
schema.index({ warnAt: 1 }, { partialFilterExpression: { warnAt: isDate } });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
const tokens = model("ApiToken", schema);

export type ApiTokenFields = Omit<InferSchemaType<typeof schema>, "scopes"> & { _id: Types.ObjectId; scopes: Scope[] };
type Wanted = { description: string; scopes: Scope[]; expiresAt: Date };

/** Tokens with their people, many in one read. */
const load = batched(async (hashes) => {
  const found = await tokens.collection
    .aggregate<ApiTokenFields & { person: PersonFields[] }>(
      [{ $match: { hash: { $in: hashes } } }, withPerson("user")],
      { maxTimeMS: 5_000 },
    )
    .toArray();
  return new Map(found.map((token) => [token.hash, token]));
});

/** Personal API tokens: random, stored hashed, for some things only, and not for ever (ASVS V9, V10). */
export const ApiToken = Object.assign(tokens, {
  /** Makes a token; null when its owner has too many. @returns what is stored of it, and the secret, which nobody can read again */
  async issue(user: string, wanted: Wanted): Promise<{ token: ApiTokenFields; secret: string } | null> {
    const secret = newApiToken();
    const createdAt = new Date();
    const warnAt = new Date(wanted.expiresAt.getTime() - WARNED_BEFORE_MS);
    const kept = { user, hash: digest(secret), beginning: beginningOf(secret), createdAt, ...wanted };
    const token = await put({ ...kept, warnAt: warnAt > createdAt ? warnAt : null });
    return token && { token, secret };
  },

  /** What a token is good for, with its person, in one read: not expired, the person not disabled; else null. */
  async findLive(secret: string) {
    const found = isWellFormedApiToken(secret) ? await load(digest(secret)) : null;
    const person = found?.person[0];
    if (!found || !person || person.disabledAt || found.expiresAt.getTime() <= Date.now()) return null;
    return { token: found, person: asPerson(person) };
  },

  /** Notes that a token was used, at most once a minute. */
  async noteUse({ _id, lastUsedAt }: ApiTokenFields, ip: string): Promise<void> {
    const now = new Date();
    if (now.getTime() - (lastUsedAt?.getTime() ?? 0) < NOTED_EVERY_MS) return;
    await tokens.collection.updateOne({ _id }, { $set: { lastUsedAt: now, lastUsedIp: ip } });
  },

  /** A person's tokens, the newest first. */
  async listOf(user: string): Promise<ApiTokenFields[]> {
    const own = { user: new Types.ObjectId(user), expiresAt: trusted({ $gt: new Date() }) };
    const found = await tokens.find(own).limit(MOST_TOKENS).lean<ApiTokenFields[]>();
    return found.sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
  },

  /** Makes one of a person's tokens worthless. @returns what it was, or null when they have no such token */
  async revoke(user: string, id: string): Promise<ApiTokenFields | null> {
    return tokens.findOneAndDelete({ _id: id, user: new Types.ObjectId(user) }).lean<ApiTokenFields>();
  },

  /** Some tokens that end soon and whose owners do not know. */
  async listEnding(now = new Date()): Promise<ApiTokenFields[]> {
    const due = { warnAt: trusted({ $lte: now, ...isDate }), expiresAt: trusted({ $gt: now }) };
    return tokens.find(due).sort({ warnAt: 1 }).limit(100).lean<ApiTokenFields[]>();
  },

  /** Notes that a token's owner is told. False when another process was first. */
  async noteWarned({ _id }: ApiTokenFields): Promise<boolean> {
    const untold = { _id, warnAt: trusted(isDate) };
    return (await tokens.updateOne(untold, { $set: { warnAt: null } })).modifiedCount === 1;
  },

  /** Makes all of a person's tokens invalid, or those made until a moment. Answers how many there were. */
  async revokeAll(user: Types.ObjectId, until?: Date): Promise<number> {
    const made = until && { createdAt: trusted({ $lte: until }) };
    return (await tokens.deleteMany({ user, ...made })).deletedCount;
  },

  /** Whether a token of this person was used, or made, since this moment. */
  async isInUse(user: Types.ObjectId, since: Date): Promise<boolean> {
    const recent = trusted({ $gte: since });
    return (await tokens.exists({ user, $or: [{ lastUsedAt: recent }, { createdAt: recent }] })) !== null;
  },
});

type New = Wanted & { user: string; hash: string; beginning: string; createdAt: Date; warnAt: Date | null };

/** Stores a token in a place that is free, or null when there is none. */
async function put(token: New): Promise<ApiTokenFields | null> {
  const user = new Types.ObjectId(token.user);
  await tokens.deleteMany({ user, expiresAt: trusted({ $lte: new Date() }) });
  for (;;) {
    const taken = new Set((await tokens.find({ user }).select("slot").lean()).map(({ slot }) => slot));
    const slot = Array.from({ length: MOST_TOKENS }, (_, n) => n).find((n) => !taken.has(n));
    if (slot === undefined) return null;
    try {
      return (await tokens.create({ ...token, user, slot })).toObject() as ApiTokenFields;
    } catch (error) {
      if (!isDuplicate(error, "slot")) throw error; // another took the place in between
    }
  }
}
