import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Creates a secret for a link or a cookie: 256 random bits in URL-safe characters (ASVS V11.5.1). */
export const createSecret = (): string => randomBytes(32).toString("base64url");

const POOL_BYTES = 4_096;
let [pool, taken] = [randomBytes(POOL_BYTES), 0];

/** Returns random bytes, each of them once. Like `randomUUID`, it draws many at a time, because each draw takes long. */
export function takeRandomBytes(count: number): Buffer {
  if (taken + count > pool.length) [pool, taken] = [randomBytes(POOL_BYTES), 0];
  taken += count;
  return pool.subarray(taken - count, taken);
}

/** Returns the hash of a secret for storage. A plain hash is enough: 256 random bits cannot be guessed (ASVS V6.5.2). */
export const digest = (secret: string): string => createHash("sha256").update(secret).digest("base64url");

/** Returns the id under which a session is stored. */
export const storageId = (sid: string): string => createHash("sha256").update(sid).digest("hex");

/** Derives a secret for one purpose. The derived secret does not reveal the original. */
export const deriveSecret = (from: string, purpose: string): string =>
  createHmac("sha256", from).update(purpose).digest("base64url");

/** Compares two texts in constant time, so that timing does not reveal where they differ (ASVS V11.2.4). */
export const isSameSecret = (one: string, other: string): boolean =>
  timingSafeEqual(Buffer.from(digest(one)), Buffer.from(digest(other)));

const FEWEST_CHARACTERS = 8;

/**
 * Returns true if a secret that an operator chose looks random: it has enough distinct characters, and is neither a
 * repetition nor mostly a sequence. Of ten million secrets of 32 random hexadecimal digits, about one fails this check.
 */
export function isVaried(secret: string): boolean {
  if (new Set(secret).size < FEWEST_CHARACTERS || /^(.+?)\1+$/s.test(secret)) return false;
  const codes = [...secret].map((one) => one.codePointAt(0) ?? 0);
  const steps = codes.filter((code, n) => n > 0 && Math.abs(code - (codes[n - 1] ?? 0)) <= 1).length;
  return steps < secret.length / 2;
}
