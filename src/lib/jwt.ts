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

/**
 * JSON Web Tokens of ours, signed with Ed25519. The keys are made of secrets by HKDF (RFC 5869), so all processes that share
 * the secrets share the keys: the first secret's signs, all verify.
 * @param settings.issuer what `iss` says
 */
export async function jsonWebTokens({ secrets, issuer }: { secrets: readonly string[]; issuer: string }) {
  const keys = await Promise.all(secrets.map(keyOf));
  const [current] = keys;
  if (!current) throw new TypeError("There is no secret to make a key of.");
  const verifying = new Map(keys.map((key) => [key.kid, key.verifying]));
  const known = new Map<string, JWTPayload>();

  function remember(name: string, payload: JWTPayload): void {
    if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value ?? "");
    known.set(name, payload);
  }

  return {
    /** The public keys, for whoever verifies tokens of ours (RFC 7517). */
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

    /**
     * The claims of a token of ours of this kind that has not expired, else null. The key is one of ours that `kid` names;
     * what else the header says about keys is not looked at (RFC 8725, 3; ASVS V9.1, V9.2).
     */
    async verify(token: string, { typ, audience }: Kind): Promise<JWTPayload | null> {
      const name = `${typ} ${audience} ${token}`;
      const before = known.get(name);
      if (before && (before.exp ?? 0) > Date.now() / 1000) return before;
      const keyNamed = ({ kid }: { kid?: string }) => {
        const key = verifying.get(kid ?? "");
        if (!key) throw new errors.JWKSNoMatchingKey();
        return key;
      };
      const required = ["sub", "sid", "epoch", "iat", "exp"];
      try {
        const rules = { algorithms: [ALGORITHM], issuer, audience, typ, requiredClaims: required };
        const { payload } = await jwtVerify(token, keyNamed, rules);
        if ((payload.iat ?? Infinity) > Date.now() / 1000 + MOST_AHEAD_SECONDS) return null;
        remember(name, payload);
        return payload;
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
  };
}

async function keyOf(secret: string): Promise<Key> {
  const seed = Buffer.from(hkdfSync("sha256", secret, "", "postern: JSON Web Tokens", 32));
  const signing = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
  const verifying = createPublicKey(signing);
  const { kty, crv, x } = verifying.export({ format: "jwk" });
  const kid = await calculateJwkThumbprint({ kty, crv, x } as JWK);
  return { kid, signing, verifying, jwk: { kty, crv, x, kid, alg: ALGORITHM, use: "sig" } as JWK };
}
