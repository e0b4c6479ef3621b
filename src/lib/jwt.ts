import { createHash, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from "node:crypto";
import type { JWK, JWTPayload } from "jose";
import { loadLater } from "./load-later.js";

const jose = loadLater<typeof import("jose")>("jose", { isExpected: true });

/** Ed25519 (RFC 8037), the only algorithm for signing and verifying. */
const ALGORITHM = "EdDSA";
/** The prefix of a 32-byte Ed25519 key in PKCS #8 (RFC 8410, 7). */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

type Key = { kid: string; signing: KeyObject; verifying: KeyObject; jwk: JWK };

/** Clocks of our processes differ by less than this. A token issued further in the future is not ours. */
const MOST_AHEAD_SECONDS = 60;

/**
 * Maximum number of cached tokens. A client sends the same token for an hour, and verifying its signature takes longer
 * than looking it up here.
 */
const MOST_KNOWN = 2_000;

/** The type of a token: `typ` in its header, and `aud`. */
export type Kind = { typ: string; audience: string };

/** Claims that all our tokens have. */
const REQUIRED = ["sub", "sid", "epoch", "iat", "exp"];

/**
 * Creates a signer for our JSON Web Tokens, with Ed25519. Keys are derived from secrets by HKDF (RFC 5869), so all
 * processes with the same secrets have the same keys. The first secret signs; all of them verify. Example, after
 * `JWT_SECRET` changed from "old" to "new,old":
 *
 * - `sign({ sub: "7", sid: "9", epoch: 0 }, { typ: "at+jwt", audience: "/api" }, at)` returns
 *   `<header>.<claims>.<signature>`; its header is `{ alg: "EdDSA", kid: <thumbprint of the key of "new">, typ:
 *   "at+jwt" }`.
 * - `verify` of that token checks its signature once, and then returns the claims from the cache until the token
 *   expires.
 * - `verify` of a token from yesterday finds the key of "old" by its `kid`, and returns the claims too.
 * - `verify` returns null for another `typ` or audience, an unknown `kid`, `alg: "none"`, or an expired token.
 *
 * @param settings.issuer value of `iss`
 * @throws TypeError without a secret
 */
export async function createTokenSigner({ secrets, issuer }: { secrets: readonly string[]; issuer: string }) {
  const keys = secrets.map(deriveKey);
  const [current] = keys;
  if (!current) throw new TypeError("There is no secret to derive a key from.");
  const cache = new VerifiedTokens();

  return {
    /** The public keys, for other programs that verify our tokens (RFC 7517). */
    jwks: { keys: keys.map(({ jwk }) => jwk) },

    /** Signs claims. @param expiresAt expiry of the token */
    sign: (claims: JWTPayload, { typ, audience }: Kind, expiresAt: Date): Promise<string> =>
      new (jose().SignJWT)(claims)
        .setProtectedHeader({ alg: ALGORITHM, kid: current.kid, typ })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(expiresAt)
        .sign(current.signing),

    /** Returns the claims of a valid token of this kind, otherwise null. */
    async verify(token: string, kind: Kind): Promise<JWTPayload | null> {
      const name = `${kind.typ} ${kind.audience} ${token}`;
      const known = cache.get(name);
      if (known) return known;
      const payload = await verifySignature(token, { ...kind, issuer, keys });
      if (payload) cache.set(name, payload);
      return payload;
    },
  };
}

/**
 * Returns the claims of a token with a valid signature of ours, or null. The key is always one of ours, selected by
 * `kid`; other header fields about keys are ignored (RFC 8725, 3; ASVS V9.1, V9.2).
 */
async function verifySignature(
  token: string,
  { typ, audience, issuer, keys }: Kind & { issuer: string; keys: Key[] },
): Promise<JWTPayload | null> {
  const findKey = ({ kid }: { kid?: string }): KeyObject => {
    const key = keys.find((one) => one.kid === kid);
    if (!key) throw new (jose().errors.JWKSNoMatchingKey)();
    return key.verifying;
  };
  try {
    const rules = { algorithms: [ALGORITHM], issuer, audience, typ, requiredClaims: REQUIRED };
    const { payload } = await jose().jwtVerify(token, findKey, rules);
    const isFromAhead = (payload.iat ?? Infinity) > Date.now() / 1000 + MOST_AHEAD_SECONDS;
    return isFromAhead ? null : payload;
  } catch (error) {
    if (error instanceof jose().errors.JOSEError) return null;
    throw error;
  }
}

/** Caches the claims of verified tokens until they expire. When the cache is full, the oldest entry is dropped. */
class VerifiedTokens {
  readonly #claims = new Map<string, JWTPayload>();

  get(name: string): JWTPayload | null {
    const payload = this.#claims.get(name);
    return payload && (payload.exp ?? 0) > Date.now() / 1000 ? payload : null;
  }

  set(name: string, payload: JWTPayload): void {
    if (this.#claims.size >= MOST_KNOWN) this.#claims.delete(this.#claims.keys().next().value ?? "");
    this.#claims.set(name, payload);
  }
}

function deriveKey(secret: string): Key {
  const seed = Buffer.from(hkdfSync("sha256", secret, "", "postern: JSON Web Tokens", 32));
  const signing = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
  const verifying = createPublicKey(signing);
  const { kty, crv, x } = verifying.export({ format: "jwk" });
  const kid = createHash("sha256").update(JSON.stringify({ crv, kty, x })).digest("base64url"); // RFC 7638, 3
  return { kid, signing, verifying, jwk: { kty, crv, x, kid, alg: ALGORITHM, use: "sig" } as JWK };
}
