import { createHash, randomBytes } from "node:crypto";

/** Eight digits for the moment, as ids have them, and 96 random bits. */
const WELL_FORMED = /^[0-9a-f]{32}$/;
const KEPT_SECONDS = 30 * 86_400;
const now = () => Math.floor(Date.now() / 1000);

/** The key of a form that makes something: sent twice, the form makes it once. */
export const createOnceKey = (): string => now().toString(16).padStart(8, "0") + randomBytes(12).toString("hex");

/** Whether a form was drawn with this key, not long ago. */
export function isOnceKey(key: unknown): key is string {
  if (typeof key !== "string" || !WELL_FORMED.test(key)) return false;
  const age = now() - Number.parseInt(key.slice(0, 8), 16);
  return age > -60 && age < KEPT_SECONDS;
}

/** A form that asks for an email may be sent again for another one after this long; sooner, it is the same request. */
const SAME_REQUEST_SECONDS = 15 * 60;

/** Whether a form was drawn with this key a moment ago. */
export const isFreshKey = (key: string): boolean => now() - Number.parseInt(key.slice(0, 8), 16) < SAME_REQUEST_SECONDS;

/**
 * The id of what a form with this key makes, as 24 hexadecimal digits: the same each time that the same is sent with it. Something
 * else sent with it makes something else: who goes back and writes another text does not lose it.
 */
export function deriveIdFromKey(key: string, words: readonly string[]): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([key, ...words]))
    .digest("hex");
  return key.slice(0, 8) + hash.slice(0, 16);
}
