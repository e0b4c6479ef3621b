import { createHash, randomBytes } from "node:crypto";

/** The time as eight hexadecimal digits, as in object ids, then 96 random bits. */
const WELL_FORMED = /^[0-9a-f]{32}$/;
const KEPT_SECONDS = 30 * 86_400;
const now = () => Math.floor(Date.now() / 1000);

/** Creates a key for a form that creates something. With it, a form that is sent twice creates only one thing. */
export const createOnceKey = (): string => now().toString(16).padStart(8, "0") + randomBytes(12).toString("hex");

/** Returns true for a key of a form that was rendered within the last 30 days. */
export function isOnceKey(key: unknown): key is string {
  if (typeof key !== "string" || !WELL_FORMED.test(key)) return false;
  const age = now() - Number.parseInt(key.slice(0, 8), 16);
  return age > -60 && age < KEPT_SECONDS;
}

/** Within this time after rendering, a repeated form is the same request. Later, it requests another email. */
const SAME_REQUEST_SECONDS = 15 * 60;

/** Returns true if the form was rendered within the last 15 minutes. */
export const isFreshKey = (key: string): boolean => now() - Number.parseInt(key.slice(0, 8), 16) < SAME_REQUEST_SECONDS;

/**
 * Derives an id from a form's key and input, as 24 hexadecimal digits. The same input gives the same id. Different
 * input gives a different id, so a user who goes back and changes the text does not lose it.
 */
export function deriveIdFromKey(key: string, words: readonly string[]): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([key, ...words]))
    .digest("hex");
  return key.slice(0, 8) + hash.slice(0, 16);
}
