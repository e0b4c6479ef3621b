import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  sign,
} from "node:crypto";

type Json = Record<string, unknown>;
/** The parts of a token; `key` is ours. */
export type Parts = { header: Json; claims: Json; key: KeyObject };

const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** Derives the key of a secret as decision 0020 describes, so that a forged token has only one fault. */
export function createKey(secret: string): KeyObject {
  const seed = Buffer.from(hkdfSync("sha256", secret, "", "postern: JSON Web Tokens", 32));
  return createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
}

const encoded = (part: unknown) =>
  Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
const unsigned = (header: unknown, claims: unknown) => `${encoded(header)}.${encoded(claims)}`;
type Signing = { key: KeyObject; hash?: string; secret?: string | Buffer };

/** Builds a token from any parts. */
export function forged(header: unknown, claims: unknown, { key, hash, secret }: Signing): string {
  const input = unsigned(header, claims);
  const signature = secret
    ? createHmac("sha256", secret).update(input).digest()
    : sign(hash ?? null, Buffer.from(input), hash ? { key, dsaEncoding: "ieee-p1363" } : key);
  return `${input}.${signature.toString("base64url")}`;
}

const stranger = generateKeyPairSync("ed25519").privateKey;
const curve = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const strangers = createPublicKey(stranger).export({ format: "jwk" });
const now = () => Math.floor(Date.now() / 1000);

/** Returns tokens that differ from a valid one in a single point and are invalid for that reason (RFC 8725). */
export function attacks({ header, claims, key }: Parts): Record<string, string> {
  const publicKey = createPublicKey(key);
  const pem = publicKey.export({ format: "pem", type: "spki" });
  const jwk = publicKey.export({ format: "jwk" });
  const good = forged(header, claims, { key });
  const [first = "", second = "", third = ""] = good.split(".");
  const headed = (more: Json, by: Signing = { key }) => forged({ ...header, ...more }, claims, by);
  const claiming = (more: Json) => forged(header, { ...claims, ...more }, { key });
  const hmac = (secret: string | Buffer) => headed({ alg: "HS256" }, { key, secret });
  return {
    "alg none": `${unsigned({ ...header, alg: "none" }, claims)}.`,
    "alg None, with a signature": headed({ alg: "None" }),
    "alg missing": headed({ alg: undefined }),
    "alg in another spelling": headed({ alg: "eddsa" }),
    "alg Ed25519": headed({ alg: "Ed25519" }),
    "HS256 with the public key as PEM": hmac(pem),
    "HS256 with the public key as JWK": hmac(JSON.stringify(jwk)),
    "HS256 with the bytes of the public key": hmac(Buffer.from(String(jwk.x), "base64url")),
    "HS256 with the kid": hmac(String(header.kid)),
    "ES256 with another key": headed({ alg: "ES256" }, { key: curve, hash: "sha256" }),
    "another key": headed({}, { key: stranger }),
    "another kid": headed({ kid: "another" }),
    "no kid": headed({ kid: undefined }),
    "an empty kid": headed({ kid: "" }),
    "a kid that is a path": headed({ kid: "../../../../dev/null" }),
    "a kid of JavaScript's own": headed({ kid: "__proto__" }),
    "a kid that is an object": headed({ kid: { $ne: null } }),
    "a kid in a list": headed({ kid: [header.kid] }),
    "a key in jwk": headed({ jwk: strangers }, { key: stranger }),
    "a key in jwk, and no kid": headed({ jwk: strangers, kid: undefined }, { key: stranger }),
    "a key at jku": headed({ jku: "https://evil.example/jwks.json" }, { key: stranger }),
    "a key at x5u": headed({ x5u: "https://evil.example/x.pem" }, { key: stranger }),
    "a certificate in x5c": headed({ x5c: [encoded("certificate")] }, { key: stranger }),
    "crit that we do not know": headed({ crit: ["exp"] }),
    "crit with a name of its own": headed({ crit: ["https://evil.example/x"], "https://evil.example/x": true }),
    "crit that is empty": headed({ crit: [] }),
    "b64 switched off": headed({ crit: ["b64"], b64: false }),
    "no typ": headed({ typ: undefined }),
    "typ JWT": headed({ typ: "JWT" }),
    "typ of a refresh token": headed({ typ: "rt+jwt" }),
    "a header that is no object": forged(["EdDSA"], claims, { key }),
    "a header that is no JSON": forged("{alg", claims, { key }),
    "another aud": claiming({ aud: "https://evil.example/api/v1" }),
    "aud of refresh tokens": claiming({ aud: `${claims.aud}/auth/refresh` }),
    "no aud": claiming({ aud: undefined }),
    "an empty list of aud": claiming({ aud: [] }),
    "another iss": claiming({ iss: "https://evil.example" }),
    "iss with a slash": claiming({ iss: `${claims.iss}/` }),
    "no iss": claiming({ iss: undefined }),
    "exp as text": claiming({ exp: String(now() + 600) }),
    "exp as true": claiming({ exp: true }),
    "exp null": claiming({ exp: null }),
    "no exp": claiming({ exp: undefined }),
    "exp in the past": claiming({ exp: now() - 1 }),
    "exp now": claiming({ exp: now() }),
    "exp below zero": claiming({ exp: -1 }),
    "nbf in the future": claiming({ nbf: now() + 600 }),
    "nbf as text": claiming({ nbf: "0" }),
    "iat in the future": claiming({ iat: now() + 600 }),
    "iat as text": claiming({ iat: String(now()) }),
    "no iat": claiming({ iat: undefined }),
    "no sub": claiming({ sub: undefined }),
    "no sid": claiming({ sid: undefined }),
    "no epoch": claiming({ epoch: undefined }),
    "claims that are no object": forged(header, [claims], { key }),
    "claims that are text": forged(header, "eve", { key }),
    "claims that are null": forged(header, "null", { key }),
    "claims that were changed": `${first}.${encoded({ ...claims, sub: "0".repeat(24) })}.${third}`,
    "a header that was changed": `${encoded({ ...header, x: 1 })}.${second}.${third}`,
    "a signature that was changed": `${first}.${second}.${encoded("x".repeat(64))}`,
    "a signature that is too short": good.slice(0, -4),
    "no signature": `${first}.${second}.`,
    "two parts": `${first}.${second}`,
    "five parts, as if encrypted": `${good}.${second}.${third}`,
    "only dots": "..",
    "one letter each": "a.b.c",
    "a letter": "x",
    "very long": `${first}.${"A".repeat(12_000)}.${third}`,
    "a long kid": headed({ kid: "k".repeat(8_000) }),
  };
}
