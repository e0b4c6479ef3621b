import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { readChallenge, verifyNewPasskey, verifyPasskey } from "../../../src/lib/factors/passkeys.js";
import { vectors } from "../../support/users/passkey-vectors.js";

const site = { rpId: "example.org", origin: "https://example.org" };
/** What we refuse although the vector is valid: passkeys in frames, and algorithms that we do not offer. */
const refused = ["crossOrigin", "topOrigin", "ES384"];

for (const { name, credential: id, made, used } of vectors) {
  const { challenge, ...response } = made;
  const about = { id, rawId: id, type: "public-key", clientExtensionResults: {} };

  test(`the vector of WebAuthn Level 3 for ${name} is ${refused.includes(name) ? "refused" : "verified"}`, async () => {
    const found = await verifyNewPasskey({ ...about, response }, challenge, site);
    assert.equal(readChallenge({ ...about, response }), challenge);
    if (refused.includes(name)) return assert.equal(found, null);
    assert.equal(found?.passkey.credential, id);
    const { challenge: second, ...assertion } = used;
    const known = found?.passkey ?? assert.fail();
    const check = (change: object = {}, where = site, asked = second) => {
      const credential = { ...about, response: { ...assertion, ...change } };
      return verifyPasskey(credential, { known, challenge: asked, site: where });
    };
    assert.notEqual(await check(), null);
    assert.equal(await check({}, { ...site, origin: "https://www.example.org" }), null);
    assert.equal(await check({}, { ...site, rpId: "www.example.org" }), null);
    assert.equal(await check({}, site, challenge), null);
    assert.equal(await check({ signature: assertion.signature.replace(/.{8}$/, "AAAAAAAA") }), null);
    assert.equal(await check({ clientDataJSON: response.clientDataJSON }), null);
  });
}

test("anything that is no credential has no challenge and is refused", async () => {
  for (const one of [null, undefined, "x", 1, {}, { response: {} }, { response: { clientDataJSON: "bm8" } }]) {
    assert.equal(readChallenge(one), null);
    assert.equal(await verifyNewPasskey(one, "x", site), null);
    assert.equal(
      await verifyPasskey(one, { known: { credential: "x", publicKey: "x", isSynced: false }, challenge: "x", site }),
      null,
    );
  }
});
