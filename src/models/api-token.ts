import { type InferSchemaType, model, Types, trusted } from "mongoose";
import { isDuplicate } from "../database/errors.js";
import type { Scope } from "../definitions/scopes.js";
import { createApiToken, getTokenPrefix, isWellFormedApiToken } from "../lib/api-token-format.js";
import { createSecret, digest } from "../lib/secrets.js";
import { apiTokenSchema } from "./api-token/schema.js";
import { findAll } from "./find-all.js";
import { loadWithUser } from "./load-with-user.js";
import { insertOnce, type OutboxEntry, pushEntry, withEntry, writeWithEntry } from "./outbox.js";
import { isDate } from "./user/register/unused.js";
import { toRequestUser } from "./user/request-user.js";

/** Minimum time between two writes of a token's last use. */
const NOTED_EVERY_MS = 60_000;
/** Maximum number of tokens per user, so that the list stays short. */
export const MOST_TOKENS = 50;
/** Revoked tokens per user; creating a token deletes the oldest ones beyond that. */
const MOST_REVOKED = 50;
const WARNED_BEFORE_MS = 7 * 86_400_000;

const tokens = model("ApiToken", apiTokenSchema);

export type ApiTokenFields = Omit<InferSchemaType<typeof apiTokenSchema>, "scopes"> & {
  _id: Types.ObjectId;
  scopes: Scope[];
};
type Wanted = { description: string; scopes: Scope[]; expiresAt: Date };

/** Loads a token with its user. Concurrent calls share the reads. */
const load = loadWithUser(
  (hashes) => findAll<ApiTokenFields>(tokens.collection, { hash: { $in: hashes } }, { projection: { outbox: 0 } }),
  { getKey: ({ hash }) => hash, getUser: ({ user }) => user },
);

/**
 * Personal API tokens. They are random, stored as hashes, limited to scopes, and have an expiry date (ASVS V9, V10).
 */
export const ApiToken = Object.assign(tokens, {
  /**
   * Creates a token. Returns null if the user already has `MOST_TOKENS`.
   * @param once.secretWith derives the secret from a salt that is stored with the token, so that a form sent twice gets
   * the same secret while the token exists. After a revocation, the form gets a new secret, because the old one may
   * have leaked
   * @returns the stored token and its secret, which cannot be read again
   */
  async issue(
    user: string,
    wanted: Wanted,
    { _id = new Types.ObjectId(), salt = createSecret(), secretWith = createApiToken, entry }: Once = {},
  ): Promise<{ token: ApiTokenFields; secret: string } | null> {
    const secret = secretWith(salt);
    const createdAt = new Date();
    const warnAt = new Date(wanted.expiresAt.getTime() - WARNED_BEFORE_MS);
    const kept = { _id, user, hash: digest(secret), salt, beginning: getTokenPrefix(secret), createdAt, ...wanted };
    const token = await put({ ...kept, ...withEntry(entry), warnAt: warnAt > createdAt ? warnAt : null });
    return token && { token, secret: token.salt === salt ? secret : secretWith(token.salt ?? "") };
  },

  /** Finds a token with its user. Returns null if it is revoked or expired, or if the user is disabled. */
  async findLive(secret: string) {
    const found = isWellFormedApiToken(secret) ? await load(digest(secret)) : null;
    const person = found?.person;
    if (!found || !person || person.disabledAt || found.revokedAt || found.expiresAt.getTime() <= Date.now())
      return null;
    return { token: found, person: toRequestUser(person) };
  },

  /** Records the time and the IP address of a token's use, at most once a minute. */
  async noteUse({ _id, lastUsedAt }: ApiTokenFields, ip: string): Promise<void> {
    const now = new Date();
    if (now.getTime() - (lastUsedAt?.getTime() ?? 0) < NOTED_EVERY_MS) return;
    await tokens.collection.updateOne({ _id }, { $set: { lastUsedAt: now, lastUsedIp: ip } });
  },

  /** Lists the user's valid tokens, newest first, and after them the revoked ones, last revoked first. */
  async listForUser(user: string): Promise<ApiTokenFields[]> {
    const own = { user: new Types.ObjectId(user), expiresAt: trusted({ $gt: new Date() }) };
    const found = await tokens
      .find(own)
      .limit(MOST_TOKENS + MOST_REVOKED)
      .maxTimeMS(5_000)
      .lean<ApiTokenFields[]>();
    return found.sort((one, other) => getRank(other) - getRank(one));
  },

  /** Finds an unrevoked token of this user, or returns null. */
  async findOwn(user: string, id: string): Promise<ApiTokenFields | null> {
    return tokens.findOne({ _id: id, user: new Types.ObjectId(user), revokedAt: null }).lean<ApiTokenFields>();
  },

  /** Revokes a token, which stays listed. Returns false if it was already revoked. */
  revoke({ _id }: Pick<ApiTokenFields, "_id">, entry: OutboxEntry): Promise<boolean> {
    const update = { $set: { revokedAt: new Date(), warnAt: null, slot: _id }, ...pushEntry(entry) };
    return writeWithEntry(tokens.collection, { _id, revokedAt: null } as { _id: unknown }, update, entry);
  },

  /** Returns true if the token was revoked and is still listed. */
  async isRevoked(id: Types.ObjectId): Promise<boolean> {
    return (await tokens.exists({ _id: id, revokedAt: trusted({ $ne: null }) })) !== null;
  },

  async drop(id: Types.ObjectId): Promise<void> {
    await tokens.deleteOne({ _id: id });
  },

  /** Lists up to 100 tokens that expire soon and whose owners were not warned yet. */
  async listEnding(now = new Date(), but: Types.ObjectId[] = []): Promise<ApiTokenFields[]> {
    const due = {
      _id: trusted({ $nin: but }),
      warnAt: trusted({ $lte: now, ...isDate }),
      expiresAt: trusted({ $gt: now }),
    };
    return tokens.find(due).sort({ warnAt: 1 }).limit(100).lean<ApiTokenFields[]>();
  },

  /** Records that the owner was warned. Returns true for exactly one of several concurrent callers. */
  async noteWarned({ _id }: ApiTokenFields): Promise<boolean> {
    const untold = { _id, warnAt: trusted(isDate) };
    return (await tokens.updateOne(untold, { $set: { warnAt: null } })).modifiedCount === 1;
  },

  /** Revokes all valid tokens of a user, or those created at or before `until`. Returns how many. */
  async revokeAll(user: Types.ObjectId, until?: Date): Promise<number> {
    const valid = { user, revokedAt: null, ...(until && { createdAt: { $lte: until } }) };
    const revocation = [{ $set: { revokedAt: new Date(), warnAt: null, slot: "$_id" } }];
    return (await tokens.collection.updateMany(valid, revocation)).modifiedCount;
  },

  /** Deletes all tokens of a user, or those created at or before `until`. */
  async forget(user: Types.ObjectId, until?: Date): Promise<void> {
    await tokens.deleteMany({ user, ...(until && { createdAt: trusted({ $lte: until }) }) });
  },

  /** Returns true if the user has created or used a token since this time. */
  async isInUse(user: Types.ObjectId, since: Date): Promise<boolean> {
    const recent = trusted({ $gte: since });
    return (await tokens.exists({ user, $or: [{ lastUsedAt: recent }, { createdAt: recent }] })) !== null;
  },
});

/** Sort key of the list: valid tokens first. */
const getRank = ({ createdAt, revokedAt }: ApiTokenFields) =>
  revokedAt ? revokedAt.getTime() - Number.MAX_SAFE_INTEGER : createdAt.getTime();

type Secret = ((salt: string) => string) | undefined;
type Once = { _id?: Types.ObjectId; salt?: string; secretWith?: Secret; entry?: OutboxEntry | undefined };
type New = Wanted & Record<"user" | "hash" | "salt" | "beginning", string> & { _id: Types.ObjectId };

/** Stores a token in a free slot. Returns null if all slots are taken. */
async function put(token: New & { createdAt: Date; warnAt: Date | null }): Promise<ApiTokenFields | null> {
  const user = new Types.ObjectId(token.user);
  await tokens.deleteMany({ user, expiresAt: trusted({ $lte: new Date() }) });
  await dropOldRevoked(user);
  for (;;) {
    const all = await tokens.find({ user }).select("slot revokedAt").lean();
    const others = all.filter(({ revokedAt }) => !revokedAt);
    if (others.some(({ _id }) => _id.equals(token._id))) return tokens.findById(token._id).lean<ApiTokenFields>();
    const taken = new Set(others.map(({ slot }) => slot));
    const slot = Array.from({ length: MOST_TOKENS }, (_, n) => n).find((n) => !taken.has(n));
    if (slot === undefined) return null;
    try {
      return (
        await insertOnce(tokens, { ...token, user, slot } as { _id: Types.ObjectId })
      ).document.toObject() as ApiTokenFields;
    } catch (error) {
      if (!isDuplicate(error, "slot")) throw error; // a concurrent request took the slot
    }
  }
}

/** Deletes the oldest revoked tokens of a user, so that their number stays bounded. */
async function dropOldRevoked(user: Types.ObjectId): Promise<void> {
  const revoked = { user, revokedAt: trusted({ $ne: null }) };
  const surplus = await tokens.find(revoked).sort({ revokedAt: -1 }).skip(MOST_REVOKED).select("_id").lean();
  if (surplus.length > 0) await tokens.deleteMany({ _id: trusted({ $in: surplus.map(({ _id }) => _id) }) });
}
