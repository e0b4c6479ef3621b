import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

const PREFIX = "pst_";
const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET_LENGTH = 43; // 256 bits
const form = new RegExp(`^${PREFIX}([0-9A-Za-z]{${SECRET_LENGTH}})([0-9A-Za-z]{6})$`);

/** Derives a token from a secret. The same secret always gives the same token, so a lost response can be sent again. */
export const deriveApiToken = (secret: string): string => written(createHash("sha256").update(secret).digest());

/** Creates an API token of prefix, secret and checksum. Secret scanners recognize a leaked one without false alarms. */
export const createApiToken = (): string => written(randomBytes(32));

function written(bytes: Buffer): string {
  const secret = base62(BigInt(`0x${bytes.toString("hex")}`), SECRET_LENGTH);
  return PREFIX + secret + checksum(secret);
}

/** Returns true if the text has the prefix of an API token. */
export const looksLikeApiToken = (text: string): boolean => text.startsWith(PREFIX);

/** Returns true if format and checksum are valid. */
export function isWellFormedApiToken(text: string): boolean {
  const [, secret = "", sum] = form.exec(text) ?? [];
  return sum !== undefined && checksum(secret) === sum;
}

/** Returns the first characters of a token, by which its owner can recognize it. */
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
