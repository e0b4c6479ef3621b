import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, errors, type JWK, type JWTPayload, jwtVerify, SignJWT } from "jose";

/** Ed25519 (RFC 8037): the only algorithm that is signed with or accepted. */
const ALGORITHM = "EdDSA";
/** What precedes the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, 7). */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

type Key = { kid: string; signing: KeyObject; verifying: KeyObject; jwk: JWK };

/** The clocks of our processes differ by less; a token from further ahead was not made by one of them. */
const MOST_AHEAD_SECONDS = 60;

/** So many tokens are known to be good at a time: a program sends the same one for an hour, and a signature costs more than the read. */
const MOST_KNOWN = 2_000;

/** What a token is: its `typ`, as the header says it, and for whom, as `aud` does. */
export type Kind = { typ: string; audience: string };

/** What every token of ours says. */
const REQUIRED = ["sub", "sid", "epoch", "iat", "exp"];

/**
 * JSON Web Tokens of ours, signed with Ed25519. The keys are made of secrets by HKDF (RFC 5869), so all processes that share
 * the secrets share the keys: the first secret's signs, all verify. Example, after a change of `JWT_SECRET` from "old" to "new,old":
 *
 * - `sign({ sub: "7", sid: "9", epoch: 0 }, { typ: "at+jwt", audience: "/api" }, at)` answers `<header>.<claims>.<signature>`; its
 *   header is `{ alg: "EdDSA", kid: <thumbprint of the key of "new">, typ: "at+jwt" }`.
 * - `verify` of that token answers the claims, once by its signature and then, until it expires, from the cache.
 * - `verify` of a token of yesterday finds the key of "old" by its `kid`, and answers the claims too.
 * - `verify` answers null for a token with another `typ` or audience, an unknown `kid`, `alg: "none"`, or past its time.
 *
 * @param settings.issuer what `iss` says
 */
export async function createTokenSigner({ secrets, issuer }: { secrets: readonly string[]; issuer: string }) {
  const keys = await Promise.all(secrets.map(deriveKey));
  const [current] = keys;
  if (!current) throw new TypeError("There is no secret to make a key of.");
  const cache = new VerifiedTokens();

  return {
    /** The public keys, for all who verify tokens of ours (RFC 7517). */
    jwks: { keys: keys.map(({ jwk }) => jwk) },

    /** Signs claims. @param expiresAt when the token ends */
    sign: (claims: JWTPayload, { typ, audience }: Kind, expiresAt: Date): Promise<string> =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: ALGORITHM, kid: current.kid, typ })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(expiresAt)
        .sign(current.signing),

    /** The claims of a token of ours of this kind that has not expired, else null. */
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
 * The claims of a token with a signature of ours, or null. The key is the one of ours that `kid` names; what else the header says about
 * keys is not looked at (RFC 8725, 3; ASVS V9.1, V9.2).
 */
async function verifySignature(
  token: string,
  { typ, audience, issuer, keys }: Kind & { issuer: string; keys: Key[] },
): Promise<JWTPayload | null> {
  const findKey = ({ kid }: { kid?: string }): KeyObject => {
    const key = keys.find((one) => one.kid === kid);
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key.verifying;
  };
  try {
    const rules = { algorithms: [ALGORITHM], issuer, audience, typ, requiredClaims: REQUIRED };
    const { payload } = await jwtVerify(token, findKey, rules);
    const isFromAhead = (payload.iat ?? Infinity) > Date.now() / 1000 + MOST_AHEAD_SECONDS;
    return isFromAhead ? null : payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

/** The claims of tokens whose signature was verified, until they expire; the oldest entry makes room for a new one. */
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

async function deriveKey(secret: string): Promise<Key> {
  const seed = Buffer.from(hkdfSync("sha256", secret, "", "postern: JSON Web Tokens", 32));
  const signing = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
  const verifying = createPublicKey(signing);
  const { kty, crv, x } = verifying.export({ format: "jwk" });
  const kid = await calculateJwkThumbprint({ kty, crv, x } as JWK);
  return { kid, signing, verifying, jwk: { kty, crv, x, kid, alg: ALGORITHM, use: "sig" } as JWK };
}
