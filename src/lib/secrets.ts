import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** A secret for a link or a cookie: 256 random bits that fit into an address (ASVS V11.5.1). */
export const createSecret = (): string => randomBytes(32).toString("base64url");

/** What is stored of a secret. A plain hash will do: 256 random bits cannot be guessed (ASVS V6.5.2). */
export const digest = (secret: string): string => createHash("sha256").update(secret).digest("base64url");

/** What a session id is called in the database. */
export const storageId = (sid: string): string => createHash("sha256").update(sid).digest("hex");

/** A secret for one purpose made of a longer-lived one, which it does not tell. */
export const deriveSecret = (from: string, purpose: string): string =>
  createHmac("sha256", from).update(purpose).digest("base64url");

/** Whether two texts are the same, in a time that does not tell where they differ (ASVS V11.2.4). */
export const isSameSecret = (one: string, other: string): boolean =>
  timingSafeEqual(Buffer.from(digest(one)), Buffer.from(digest(other)));

const FEWEST_CHARACTERS = 8;

/**
 * Whether a secret that a person chose may be random: of enough different characters, and neither a repetition nor mostly a
 * sequence. 32 random hexadecimal digits have fewer than eight different ones once in ten million times.
 */
export function isVaried(secret: string): boolean {
  if (new Set(secret).size < FEWEST_CHARACTERS || /^(.+?)\1+$/s.test(secret)) return false;
  const codes = [...secret].map((one) => one.codePointAt(0) ?? 0);
  const steps = codes.filter((code, n) => n > 0 && Math.abs(code - (codes[n - 1] ?? 0)) <= 1).length;
  return steps < secret.length / 2;
}
