import { createHmac } from "node:crypto";
import { config } from "../../config/index.js";
import { seal, unseal } from "../../lib/encrypted.js";
import { toAuthenticatorKey } from "../../lib/factors/authenticator.js";
import { hashRecoveryCode } from "../../lib/factors/recovery-codes.js";
import type { User } from "../../models/user.js";

// FACTOR_KEY protects second factors if the database is stolen. The first of its keys encrypts, all of them decrypt.
const key = config.factorKeys[0] ?? "";
const HOUR_MS = 3_600_000;
const getPurpose = (account: string) => `authenticator of ${account}`;

/**
 * Derives the key that a user's authenticator app gets at set-up. Nothing is stored until a code proves that the app has
 * it, and the page shows the same key when it is loaded again. The key differs for each browser, so that nobody who is
 * logged in elsewhere can see it. It changes every hour and with each change of factors, so that nobody can read it long
 * before it is used.
 * @param device id of this browser's device record
 * @returns the key of this hour, and that of the hour before, which a page may still show
 */
export function deriveSetupKeys({ id, sessionEpoch }: User, device: string, at = Date.now()): [string, string] {
  const derive = (hour: number) =>
    toAuthenticatorKey(
      createHmac("sha256", key)
        .update(JSON.stringify(["key of an authenticator app", id, sessionEpoch, device, hour]))
        .digest(),
    );
  const hour = Math.floor(at / HOUR_MS);
  return [derive(hour), derive(hour - 1)];
}

/** Encrypts the key of an authenticator app. It is bound to its account. */
export const sealAuthenticatorKey = (plain: string, account: string): string => seal(plain, key, getPurpose(account));

/** Returns a key that `sealAuthenticatorKey` encrypted. @throws Error if none of FACTOR_KEY decrypts it */
export function openAuthenticatorKey(sealed: string, account: string): string {
  const plain = unseal(sealed, config.factorKeys, getPurpose(account));
  if (typeof plain === "string") return plain;
  throw new Error("FACTOR_KEY does not decrypt the key of this authenticator app");
}

/** Lists the hashes that a recovery code can have in the database, the newest key first. */
export const listRecoveryCodeHashes = (code: string, account: string): string[] =>
  config.factorKeys.map((one) => hashRecoveryCode(code, one, account));
