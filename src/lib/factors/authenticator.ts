import { Secret, TOTP } from "otpauth";

const KEY_BYTES = 20; // 160 bits, as RFC 4226, 4 (R6) recommends
const PERIOD_SECONDS = 30;
/** Accepted steps before and after the current one: clocks of phones differ (RFC 6238, 5.2). */
const DRIFT_STEPS = 1;

const createTotp = (key: string, names: { issuer?: string; label?: string } = {}) =>
  new TOTP({ ...names, secret: Secret.fromBase32(key), algorithm: "SHA1", digits: 6, period: PERIOD_SECONDS });

/** Converts random bytes to the key of an authenticator app, in base32. Uses the first 20 bytes. */
export const toAuthenticatorKey = (bytes: Uint8Array): string =>
  new Secret({ buffer: new Uint8Array(bytes.subarray(0, KEY_BYTES)).buffer }).base32;

/** Returns the address that an authenticator app reads from the QR code. */
export const toAuthenticatorUri = (key: string, { issuer, label }: { issuer: string; label: string }): string =>
  createTotp(key, { issuer, label }).toString();

/**
 * Returns the time step for which an authenticator app shows this code (RFC 6238, 4.2), or null if the code is wrong.
 * The caller must refuse a step that was used before (RFC 6238, 5.2).
 * @param at in milliseconds
 */
export function findStep(key: string, code: string, at = Date.now()): number | null {
  const drift = createTotp(key).validate({ token: code, timestamp: at, window: DRIFT_STEPS });
  return drift === null ? null : Math.floor(at / 1000 / PERIOD_SECONDS) + drift;
}
