import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

const PREFIX = "pst_";
const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET_LENGTH = 43; // 256 bits
const form = new RegExp(`^${PREFIX}([0-9A-Za-z]{${SECRET_LENGTH}})([0-9A-Za-z]{6})$`);

/** What a form with this key makes: the same each time, so that an answer that was lost can be given again. */
export const deriveApiToken = (secret: string): string => written(createHash("sha256").update(secret).digest());

/** A new API token: a prefix, a secret, and a checksum, so that a scanner finds a leaked one and takes nothing else for it. */
export const createApiToken = (): string => written(randomBytes(32));

function written(bytes: Buffer): string {
  const secret = base62(BigInt(`0x${bytes.toString("hex")}`), SECRET_LENGTH);
  return PREFIX + secret + checksum(secret);
}

/** Whether this has the form of an API token. */
export const looksLikeApiToken = (text: string): boolean => text.startsWith(PREFIX);

/** Whether it is written as one of ours would be. */
export function isWellFormedApiToken(text: string): boolean {
  const [, secret = "", sum] = form.exec(text) ?? [];
  return sum !== undefined && checksum(secret) === sum;
}

/** Enough of a token for its owner to tell it from others. */
export const getTokenPrefix = (token: string): string => token.slice(0, PREFIX.length + 4);

const checksum = (secret: string) => base62(BigInt(crc32(secret)), 6);

function base62(value: bigint, length: number): string {
  let rest = value;
  let text = "";
  while (text.length < length) {
    text = LETTERS.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
}
