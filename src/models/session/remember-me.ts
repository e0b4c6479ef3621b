import { createHmac } from "node:crypto";
import { Types, trusted } from "mongoose";
import { createSecret, digest } from "../../lib/secrets.js";
import { Device } from "../device.js";
import { type OutboxEntry, pushEntry, writeWithEntry } from "../outbox.js";
import { User } from "../user.js";

/*
 * Remember-me tokens with rotation and reuse detection. A token is `device.secret`; its successor is made of the secret and a stored
 * salt, so several requests that come at once get the same one. Example:
 *
 * | at       | the browser sends       | the device stores                       | what comes of it                            |
 * | -------- | ----------------------- | --------------------------------------- | ------------------------------------------- |
 * | Mon 9:00 | a login, "keep me in"   | hash A, isOffered                       | token A                                     |
 * | Mon 9:01 | the new session         | hash A                                  | A has arrived (`noteSeen`)                  |
 * | Tue 9:00 | A, no session           | hash B, previousHash A, salt, isOffered | rotation: token B and session S             |
 * | Tue 9:00 | A once more, in a tab   | the same                                | B and S again: nobody has shown B           |
 * | Tue 9:01 | session S               | hash B, previousHash A, salt            | B has arrived; A counts until 30 seconds    |
 * |          |                         |                                         | after its rotation (grace)                  |
 * | Tue 9:05 | A, from another machine | nothing                                 | reuse: A or B is a copy, so the device is   |
 * |          |                         |                                         | forgotten, and the user informed            |
 * | Tue 9:06 | B                       | nothing                                 | log in again                                |
 *
 * Without a request at 9:01, A would stay good: the answer with B may have been lost. A change of credentials raises the user's
 * `sessionEpoch`, and no token of an earlier epoch counts.
 */

const SECONDS = 1_000;
const DAYS = 86_400 * SECONDS;
/** So long a browser may be remembered after its login, whatever it does. */
const REMEMBERED_MS = 30 * DAYS;
/** Requests that are sent at once all carry the same secret: the one before counts for so long after the next one was seen. */
const GRACE_MS = 30 * SECONDS;
/** Several logins at once, by a double click: so many of the secrets that they gave out are good until one of them is seen. */
const MOST_OFFERED = 5;

/** What a browser keeps to be remembered: the id of its entry, a secret, and until when it is good. */
export type RememberToken = { device: string; secret: string; until: Date };
/** What a browser keeps from now on, the id of its new session, and whether this is the first request with the cookie. */
type Resumption = { rememberToken: RememberToken; session: string; isFirst: boolean };
/** What a cookie turned out to be: whose browser it is, and what comes of that; or a copy of one; or nothing. */
export type RememberResult =
  | ({ kind: "valid"; user: User } & Resumption)
  | { kind: "reused"; device: Types.ObjectId }
  | { kind: "invalid" };

/** What a cookie says. */
export type PresentedToken = { device: string; secret: string };
type Origin = { ip: string; agent: string };
/** The device whose tokens follow from one login, while they are good for anything. */
type Family = { _id: string; "remember.epoch": number; "remember.until": ReturnType<typeof later> };
/** What a rotation stores. */
type Rotation = {
  hash: string;
  previousHash: string;
  salt: string | null;
  isOffered: boolean;
  alsoGood: string[];
  epoch?: number;
};

/**
 * Begins to remember a browser, for 30 days. The answer may be lost, or a second login at the same moment may overtake it, so what
 * was good before stays good until the browser shows which secret it has.
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

/** What a session notes of the secret that its browser was given along with it, until `noteSeen`. */
export const hashRememberToken = ({ secret }: RememberToken): string => digest(secret);

/**
 * Notes that a browser has the secret that it was given: it came with a session of the same answer. From now on the secrets
 * before it are those of a copy.
 */
export async function noteSeen(device: string, mark: string): Promise<void> {
  const seen = { "remember.hash": mark, "remember.isOffered": false, "remember.alsoGood": [] };
  const current = { _id: device, "remember.hash": mark };
  if ((await Device.updateOne(current, { $set: seen })).matchedCount > 0) return;
  await Device.updateOne({ _id: device, "remember.alsoGood": mark }, { $set: { ...seen, ...opensNothing } });
}

/** Remembers a browser no longer. */
export async function forgetBrowser(device: string): Promise<void> {
  await Device.updateOne({ _id: device }, { $set: { remember: null } });
}

/**
 * Keeps a browser remembered through a change of credentials, which made its cookie worthless; null when it was not
 * remembered. The cookie before opens nothing, but is no alarm for a moment: a request with it may be under way.
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
 * Whose browser it is that presents a token. The current secret is rotated; one that was rotated a moment ago, or whose successor
 * never arrived, gets the same successor again. An older one is a reuse: one of two browsers has a copy, so all of it ends.
 * @param ifCopy what is left to do then
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

/** Whether a browser is still remembered with this secret. */
export async function isRemembered({ device, secret }: PresentedToken): Promise<boolean> {
  return (await Device.exists({ _id: device, "remember.hash": digest(secret) })) !== null;
}

/** The first request with the current secret, or with another of the login's: stores the successor. Null with any other secret. */
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

/** A further request with the secret before: answers the same successor. Null when its time is over. */
async function repeatRotation(family: Family, secret: string): Promise<Resumption | null> {
  const found = await Device.findOne({ ...family, ...isRepeatable(secret) }).lean();
  if (!found?.remember?.salt) return null;
  const { salt, until } = found.remember;
  const rememberToken = { device: family._id, secret: nextSecret(salt, secret), until };
  return { rememberToken, session: sessionFor(salt, secret), isFirst: false };
}

/** Returns true for exactly one of several copies that come at once. The entry's follow-up forgets the device. */
async function endOnReuse({ _id, ...family }: Family, secret: string, entry?: OutboxEntry): Promise<boolean> {
  const which = { _id: new Types.ObjectId(_id), ...family, $nor: [isRepeatable(secret)] };
  if (!entry) return (await Device.findOneAndDelete(which).lean()) !== null;
  return writeWithEntry(Device.collection, which, { $set: { remember: null }, ...pushEntry(entry) }, entry);
}

/**
 * Replaces the secret in one atomic write (compare-and-swap).
 * @param which the device, if it still has the secret before
 * @returns until when the new one is good; null when the one before was not
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
/** Whether this is the secret before, and its successor was not seen, or made within the grace period. */
const isRepeatable = (secret: string) => ({
  "remember.previousHash": digest(secret),
  $or: [{ "remember.isOffered": true }, { "remember.rotatedAt": trusted({ $gt: new Date(Date.now() - GRACE_MS) }) }],
});
const nextSecret = (salt: string, secret: string) => createHmac("sha256", salt).update(secret).digest("base64url");
const sessionFor = (salt: string, secret: string) => nextSecret(salt, `session ${secret}`);
