import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify<string, Buffer, number, Buffer>(scrypt);
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/**
 * Creates a text that recognizes a secret and reveals nothing about it. A guess costs as much as one against a password
 * hash, so a stolen database makes guessing the secret no easier.
 */
export async function createCanary(secret: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return Buffer.concat([salt, await derive(secret, salt, HASH_BYTES)]).toString("base64url");
}

/** Returns true if `createCanary` created the text from one of these secrets. */
export async function isCanaryOfOne(canary: string, secrets: readonly string[]): Promise<boolean> {
  const bytes = Buffer.from(canary, "base64url");
  const [salt, expected] = [bytes.subarray(0, SALT_BYTES), bytes.subarray(SALT_BYTES)];
  if (expected.length !== HASH_BYTES) return false;
  for (const secret of secrets) if (timingSafeEqual(await derive(secret, salt, HASH_BYTES), expected)) return true;
  return false;
}
