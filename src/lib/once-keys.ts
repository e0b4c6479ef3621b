import { createHash, randomBytes } from "node:crypto";

/** Eight hexadecimal digits for the time, as in object ids, and 96 random bits. */
const WELL_FORMED = /^[0-9a-f]{32}$/;
const KEPT_SECONDS = 30 * 86_400;
const now = () => Math.floor(Date.now() / 1000);

/** Creates the key of a form that creates something: a form sent twice acts once. */
export const createOnceKey = (): string => now().toString(16).padStart(8, "0") + randomBytes(12).toString("hex");

/** Returns true if this is the key of a form that was rendered within the last 30 days. */
export function isOnceKey(key: unknown): key is string {
  if (typeof key !== "string" || !WELL_FORMED.test(key)) return false;
  const age = now() - Number.parseInt(key.slice(0, 8), 16);
  return age > -60 && age < KEPT_SECONDS;
}

/** After this time, the same form requests another email; before, it is the same request. */
const SAME_REQUEST_SECONDS = 15 * 60;

/** Returns true if the form was rendered within the last 15 minutes. */
export const isFreshKey = (key: string): boolean => now() - Number.parseInt(key.slice(0, 8), 16) < SAME_REQUEST_SECONDS;

/**
 * Derives the id of what a form with this key creates, as 24 hexadecimal digits: the same for the same input. Other
 * input creates something else, so a user who goes back and writes another text does not lose it.
 */
export function deriveIdFromKey(key: string, words: readonly string[]): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([key, ...words]))
    .digest("hex");
  return key.slice(0, 8) + hash.slice(0, 16);
}
