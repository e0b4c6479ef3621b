import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { createTokenSigner } from "../../src/lib/jwt.js";
import { attacks, createKey, forged, type Parts } from "../support/api/jwts.js";

const secret = "kT9cVb3mQw8zLx5nRj2hGf7dYs4pAe6u";
const older = "uN4bXq7eWz2rTk9mVc5jHs8yLg3dPf6a";
const issuer = "https://accounts.example.org";
const kind = { typ: "at+jwt", audience: `${issuer}/api/v1` };
const claims = { sub: "6b061278ad15b08c25d4ff74", sid: "6b061278ad15b08c25d4ff75", epoch: 0 };
const getTimeInTenMinutes = () => new Date(Date.now() + 600_000);

const ours = await createTokenSigner({ secrets: [secret], issuer });
const good = await ours.sign(claims, kind, getTimeInTenMinutes());
const read = await ours.verify(good, kind);
assert.ok(read);
const parts: Parts = { header: { ...decodeProtectedHeader(good) }, claims: { ...read }, key: createKey(secret) };

test("a signed token is valid until its expiry and contains its type, audience and issuer", () => {
  const { iat = 0, exp = 0, ...said } = read;
  assert.deepEqual(said, { ...claims, iss: issuer, aud: kind.audience });
  assert.ok(exp - iat === 600 || exp - iat === 599);
  const [key] = ours.jwks.keys;
  assert.deepEqual(parts.header, { alg: "EdDSA", typ: "at+jwt", kid: key?.kid });
});

describe("invalid tokens are refused", () => {
  test("a correct token made by hand is accepted", async () => {
    assert.deepEqual(await ours.verify(forged(parts.header, parts.claims, parts), kind), read);
  });
  for (const [what, token] of Object.entries(attacks(parts))) {
    test(what, async () => assert.equal(await ours.verify(token, kind), null));
  }
  test("a valid token of another type", async () => {
    assert.equal(await ours.verify(good, { ...kind, typ: "rt+jwt" }), null);
    assert.equal(await ours.verify(good, { ...kind, audience: `${kind.audience}/auth/refresh` }), null);
  });
  test("a token of another installation with the same secret", async () => {
    const other = await createTokenSigner({ secrets: [secret], issuer: "https://other.example.org" });
    assert.equal(await other.verify(good, kind), null);
  });
});

test("a cached token still expires on time", async (t) => {
  t.after(() => mock.timers.reset());
  assert.ok(await ours.verify(good, kind));
  mock.timers.enable({ apis: ["Date"], now: Date.now() + 601_000 });
  assert.equal(await ours.verify(good, kind), null);
});

test("each of thousands of tokens is verified correctly", async () => {
  const tokens = await Promise.all(
    Array.from({ length: 2_500 }, (_, n) => ours.sign({ ...claims, epoch: n }, kind, getTimeInTenMinutes())),
  );
  for (const [n, token] of tokens.entries()) assert.equal((await ours.verify(token, kind))?.epoch, n);
  assert.equal((await ours.verify(tokens[0] ?? "", kind))?.epoch, 0);
});

test("a token from a clock that is some seconds ahead is accepted", async () => {
  const ahead = forged(parts.header, { ...parts.claims, iat: (read.iat ?? 0) + 20 }, parts);
  assert.ok(await ours.verify(ahead, kind));
});

test("after a new secret, older tokens stay valid until it is removed, and both keys are published", async () => {
  const before = await createTokenSigner({ secrets: [older], issuer });
  const both = await createTokenSigner({ secrets: [secret, older], issuer });
  const old = await before.sign(claims, kind, getTimeInTenMinutes());
  assert.ok(await both.verify(old, kind));
  assert.equal(await ours.verify(old, kind), null);
  const fresh = await both.sign(claims, kind, getTimeInTenMinutes());
  assert.ok(await ours.verify(fresh, kind), "the first secret signs");
  assert.equal(await before.verify(fresh, kind), null);
  assert.deepEqual(both.jwks.keys, [...ours.jwks.keys, ...before.jwks.keys]);
});

test("a third party can verify with the published keys, which contain no secret", async () => {
  for (const key of ours.jwks.keys) {
    assert.deepEqual(Object.keys(key).sort(), ["alg", "crv", "kid", "kty", "use", "x"]);
  }
  const rules = { issuer, audience: kind.audience, typ: kind.typ };
  const { payload } = await jwtVerify(good, createLocalJWKSet(ours.jwks), rules);
  assert.equal(payload.sub, claims.sub);
});

test("all processes with the secret have the same key; without a secret no signer can be created", async () => {
  assert.deepEqual((await createTokenSigner({ secrets: [secret], issuer })).jwks, ours.jwks);
  await assert.rejects(createTokenSigner({ secrets: [], issuer }), TypeError);
});
