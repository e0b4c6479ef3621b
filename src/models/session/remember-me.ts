import { createHmac } from "node:crypto";
import { Types, trusted } from "mongoose";
import { createSecret, digest } from "../../lib/secrets.js";
import { Device } from "../device.js";
import { type OutboxEntry, pushEntry, writeWithEntry } from "../outbox.js";
import { User } from "../user.js";

/*
 * Remember-me tokens with rotation and reuse detection. A token is `device.secret`. Its successor is derived from the
 * secret and a stored salt, so that concurrent requests get the same successor. Example:
 *
 * | at       | the browser sends       | the device stores                       | result                           |
 * | -------- | ----------------------- | --------------------------------------- | -------------------------------- |
 * | Mon 9:00 | a login, "keep me in"   | hash A, isOffered                       | token A                          |
 * | Mon 9:01 | the new session         | hash A                                  | A was received (`noteSeen`)      |
 * | Tue 9:00 | A, no session           | hash B, previousHash A, salt, isOffered | rotation: token B and session S  |
 * | Tue 9:00 | A again, in another tab | the same                                | B and S again, as B was not used |
 * | Tue 9:01 | session S               | hash B, previousHash A, salt            | B was received; A stays valid    |
 * |          |                         |                                         | until 30 seconds after rotation  |
 * | Tue 9:05 | A, from another machine | nothing                                 | reuse: A or B is a copy, so the  |
 * |          |                         |                                         | device is deleted; the user gets |
 * |          |                         |                                         | an email                         |
 * | Tue 9:06 | B                       | nothing                                 | the user must log in again       |
 *
 * Without the request at 9:01, A would stay valid, because the response with B may have been lost. A change of
 * credentials raises the user's `sessionEpoch`, which invalidates all tokens of earlier epochs.
 */

const SECONDS = 1_000;
const DAYS = 86_400 * SECONDS;
/** Maximum time for which a browser is remembered after its login. */
const REMEMBERED_MS = 30 * DAYS;
/**
 * Time for which the previous secret stays valid after its rotation, because parallel requests contain the same secret.
 */
const GRACE_MS = 30 * SECONDS;
/**
 * Maximum number of secrets that stay valid until the browser shows which one it has. A double click can cause several
 * logins.
 */
const MOST_OFFERED = 5;

/** Content of the remember-me cookie: the id of the device record, a secret, and the expiry time. */
export type RememberToken = { device: string; secret: string; until: Date };
/** The new cookie, the id of the new session, and whether this was the first request with the old cookie. */
type Resumption = { rememberToken: RememberToken; session: string; isFirst: boolean };
/**
 * Result of checking a cookie. "valid" has the user, a new cookie and a session; "reused" means that the cookie is a
 * copy.
 */
export type RememberResult =
  | ({ kind: "valid"; user: User } & Resumption)
  | { kind: "reused"; device: Types.ObjectId }
  | { kind: "invalid" };

/** The parts of the cookie that the browser has sent. */
export type PresentedToken = { device: string; secret: string };
type Origin = { ip: string; agent: string };
/** Matches the device with the tokens of one login, while they are valid. */
type Family = { _id: string; "remember.epoch": number; "remember.until": ReturnType<typeof later> };
type Rotation = {
  hash: string;
  previousHash: string;
  salt: string | null;
  isOffered: boolean;
  alsoGood: string[];
  epoch?: number;
};

/**
 * Starts to remember a browser, for 30 days. The response may be lost, or a second login may overtake it, so earlier
 * secrets stay valid until the browser shows which one it has.
 */
export async function rememberBrowser(device: string, user: User): Promise<RememberToken> {
  const [secret, now] = [createSecret(), new Date()];
  const until = new Date(now.getTime() + REMEMBERED_MS);
  const begun = { hash: digest(secret), previousHash: null, salt: null, isOffered: true, rotatedAt: now, until };
  const isGood = { $and: [{ $eq: ["$remember.epoch", user.sessionEpoch] }, { $gt: ["$remember.until", now] }] };
  const before = { $concatArrays: [["$remember.hash"], { $ifNull: ["$remember.alsoGood", []] }] };
  const alsoGood = { $cond: [isGood, { $slice: [before, MOST_OFFERED] }, []] };
  const remembered = { $literal: { ...begun, epoch: user.sessionEpoch } };
  const $set = { remember: { $mergeObjects: [remembered, { alsoGood }] } };
  await Device.collection.updateOne({ _id: new Types.ObjectId(device), user: user._id }, [{ $set }]);
  return { device, secret, until };
}

/** Returns the hash of the secret that was issued together with a session. The session stores it until `noteSeen`. */
export const hashRememberToken = ({ secret }: RememberToken): string => digest(secret);

/**
 * Records that the browser has received its secret, because it has used the session from the same response. Afterwards,
 * earlier secrets count as copies.
 */
export async function noteSeen(device: string, mark: string): Promise<void> {
  const seen = { "remember.hash": mark, "remember.isOffered": false, "remember.alsoGood": [] };
  const current = { _id: device, "remember.hash": mark };
  if ((await Device.updateOne(current, { $set: seen })).matchedCount > 0) return;
  await Device.updateOne({ _id: device, "remember.alsoGood": mark }, { $set: { ...seen, ...opensNothing } });
}

/** Makes a device's remember-me cookie invalid. */
export async function forgetBrowser(device: string): Promise<void> {
  await Device.updateOne({ _id: device }, { $set: { remember: null } });
}

/**
 * Issues a new cookie after a change of credentials, which made the old one invalid. Returns null if the browser was
 * not remembered. For a short time, the old cookie does not count as a copy, because another request may still contain
 * it.
 */
export async function reissueRememberToken(
  { device, secret }: PresentedToken,
  user: User,
): Promise<RememberToken | null> {
  const [next, previousHash] = [createSecret(), digest(secret)];
  const which = { _id: device, user: user._id, "remember.hash": previousHash, "remember.until": later() };
  const to = { hash: digest(next), previousHash, salt: null, isOffered: false, alsoGood: [], epoch: user.sessionEpoch };
  const until = await rotate(which, to);
  return until && { device, secret: next, until };
}

/**
 * Checks a remember-me cookie. The current secret is rotated. A secret that was just rotated, or whose successor was
 * never received, gets the same successor again. An older secret is a reuse: one of two browsers has a copy, so the
 * whole family is invalidated.
 * @param ifCopy creates the follow-up of a reuse
 */
export async function verifyRememberToken(
  { device, secret }: PresentedToken,
  from: Origin,
  ifCopy?: (user: User, name: string) => OutboxEntry,
): Promise<RememberResult> {
  const found = await Device.findOne({ _id: device, "remember.until": later() }).lean();
  const user = found && (await User.findById(found.user));
  if (!user || user.disabledAt || found.remember?.epoch !== user.sessionEpoch) return { kind: "invalid" };
  const family: Family = { _id: device, "remember.epoch": user.sessionEpoch, "remember.until": later() };

  const rotated = await rotateSecret(family, secret, from);
  if (rotated) return { kind: "valid", user, ...rotated };
  const repeated = await repeatRotation(family, secret);
  if (repeated) return { kind: "valid", user, ...repeated };
  const isReuse = await endOnReuse(family, secret, ifCopy?.(user, found.name));
  return isReuse ? { kind: "reused", device: found._id } : { kind: "invalid" };
}

/** Returns true if this secret is the current one of the device. */
export async function isRemembered({ device, secret }: PresentedToken): Promise<boolean> {
  return (await Device.exists({ _id: device, "remember.hash": digest(secret) })) !== null;
}

/**
 * Handles the first request with a valid secret of this login: stores the successor. Returns null for any other secret.
 */
async function rotateSecret(family: Family, secret: string, from: Origin): Promise<Resumption | null> {
  const [salt, previousHash] = [createSecret(), digest(secret)];
  const next = nextSecret(salt, secret);
  const which = { ...family, $or: [{ "remember.hash": previousHash }, { "remember.alsoGood": previousHash }] };
  const until = await rotate(which, { hash: digest(next), previousHash, salt, isOffered: true, alsoGood: [] }, from);
  if (!until) return null;
  return {
    rememberToken: { device: family._id, secret: next, until },
    session: sessionFor(salt, secret),
    isFirst: true,
  };
}

/**
 * Handles further requests with the previous secret: returns the same successor, or null if the secret is no longer
 * valid.
 */
async function repeatRotation(family: Family, secret: string): Promise<Resumption | null> {
  const found = await Device.findOne({ ...family, ...isRepeatable(secret) }).lean();
  if (!found?.remember?.salt) return null;
  const { salt, until } = found.remember;
  const rememberToken = { device: family._id, secret: nextSecret(salt, secret), until };
  return { rememberToken, session: sessionFor(salt, secret), isFirst: false };
}

/**
 * Returns true for exactly one of several concurrent requests with a copy. The follow-up of `entry` deletes the device.
 */
async function endOnReuse({ _id, ...family }: Family, secret: string, entry?: OutboxEntry): Promise<boolean> {
  const which = { _id: new Types.ObjectId(_id), ...family, $nor: [isRepeatable(secret)] };
  if (!entry) return (await Device.findOneAndDelete(which).lean()) !== null;
  return writeWithEntry(Device.collection, which, { $set: { remember: null }, ...pushEntry(entry) }, entry);
}

/**
 * Replaces the secret in one atomic write (compare-and-swap).
 * @param which matches the device while it has the previous secret
 * @returns the expiry time of the new secret; null if the previous secret was invalid
 */
async function rotate(which: { _id: string }, to: Rotation, from?: Origin): Promise<Date | null> {
  const now = new Date();
  const fields = Object.entries({ ...to, rotatedAt: now }).map(([name, value]) => [`remember.${name}`, value]);
  const $set = { ...Object.fromEntries(fields), ...from, lastSeenAt: now };
  const rotated = await Device.findOneAndUpdate(which, { $set }).lean();
  return rotated?.remember?.until ?? null;
}

const later = () => trusted({ $gt: new Date() });
const opensNothing = { "remember.previousHash": null, "remember.salt": null };
/** Matches the previous secret while its successor was not received, or within the grace period. */
const isRepeatable = (secret: string) => ({
  "remember.previousHash": digest(secret),
  $or: [{ "remember.isOffered": true }, { "remember.rotatedAt": trusted({ $gt: new Date(Date.now() - GRACE_MS) }) }],
});
const nextSecret = (salt: string, secret: string) => createHmac("sha256", salt).update(secret).digest("base64url");
const sessionFor = (salt: string, secret: string) => nextSecret(salt, `session ${secret}`);
