import { createHmac, randomBytes } from "node:crypto";
import { Secret } from "otpauth";

/** The number of codes in a set. */
const CODES_IN_SET = 10;
const CODE_BYTES = 15; // 120 bits: 24 characters of base32
const GROUPS = /.{4}(?=.)/g;

/** Creates a set of recovery codes, such as `K7QD-3M2A-XV5N-PE4T-W6ZC-H2JR`. They have no 0, 1, 8 and 9, which look like letters. */
export const createRecoveryCodes = (): string[] =>
  Array.from({ length: CODES_IN_SET }, () =>
    new Secret({ buffer: new Uint8Array(randomBytes(CODE_BYTES)).buffer }).base32.replace(GROUPS, "$&-"),
  );

/** Removes what users add or change when they type a code: spaces, hyphens and lower case. */
export const normalizeRecoveryCode = (typed: string): string => typed.replace(/[\s\p{Pd}]/gu, "").toUpperCase();

/**
 * Returns the hash under which a code is stored. A fast hash is enough from 112 bits (NIST SP 800-63B-4,
 * 3.1.2.2; ASVS V6.5.2). It is keyed too, and bound to the account.
 * @param key must not be in the database
 */
export const hashRecoveryCode = (code: string, key: string, account: string): string =>
  createHmac("sha256", key)
    .update(JSON.stringify(["recovery code", account, normalizeRecoveryCode(code)]))
    .digest("base64url");
