import "../../support/environment.js";
import assert from "node:assert/strict";
import { request } from "node:http";
import { before, describe, test } from "node:test";
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { config } from "../../../src/config/index.js";
import { ApiSession } from "../../../src/models/api-session.js";
import { User } from "../../../src/models/user.js";
import { attacks, createKey, forged, type Parts } from "../../support/api/jwts.js";
import { type Answered, loggedIn, program } from "../../support/api.js";
import { origin } from "../../support/app.js";
import { account } from "../../support/users/accounts.js";

const ME = "/users/me";
const secret = config.jwtSecrets[0] ?? "";
const splitToken = (token: string): Parts => ({
  header: { ...decodeProtectedHeader(token) },
  claims: { ...decodeJwt(token) },
  key: createKey(secret),
});
const somebody = async () => loggedIn(await account());
type Somebody = Awaited<ReturnType<typeof somebody>>;
const getAccessToken = ({ tokens }: Somebody) => tokens.access_token ?? "";

let ada: Somebody;
let eve: Somebody;
let parts: Parts;
before(async () => {
  ada = await somebody();
  eve = await somebody();
  parts = splitToken(getAccessToken(ada));
});

function refused({ status, headers, body }: Answered, challenge = 'Bearer realm="api", error="invalid_token"') {
  assert.equal(status, 401, JSON.stringify(body));
  assert.equal(headers.get("www-authenticate"), challenge);
  assert.equal(headers.get("set-cookie"), null);
  assert.deepEqual(Object.keys(body).sort(), ["detail", "requestId", "status", "title", "type"]);
}

const made = (more: Record<string, unknown>) => forged(parts.header, { ...parts.claims, ...more }, parts);
const answerTo = (token: string) => program(token).get(ME);

test("a token with any single fault gives 401", async () => {
  assert.equal((await answerTo(made({}))).status, 200, "the token without a fault is valid");
  for (const [what, token] of Object.entries(attacks(parts))) {
    await test(`${what}: 401`, async () => refused(await answerTo(token)));
  }
});

describe("a well-formed token without a live session gives 401", () => {
  const cases: Record<string, () => Promise<Record<string, unknown>> | Record<string, unknown>> = {
    "for another user": () => ({ sub: splitToken(getAccessToken(eve)).claims.sub }),
    "for the session of another user": () => ({ sid: splitToken(getAccessToken(eve)).claims.sid }),
    "for an unknown session": () => ({ sid: "0".repeat(24) }),
    "for a session with a malformed id": () => ({ sid: "../etc/passwd" }),
    "for a session whose id is an object": () => ({ sid: { $ne: null } }),
    "for the previous epoch": () => ({ epoch: Number(parts.claims.epoch) - 1 }),
    "for the next epoch": () => ({ epoch: Number(parts.claims.epoch) + 1 }),
    "with the epoch as text": () => ({ epoch: String(parts.claims.epoch) }),
    "for a session that has ended": async () => {
      const other = await somebody();
      await other.post("/auth/logout");
      return splitToken(getAccessToken(other)).claims;
    },
    "for a session older than thirty days": async () => {
      const { claims } = splitToken(getAccessToken(await somebody()));
      await ApiSession.updateOne({ _id: claims.sid }, { expiresAt: new Date(Date.now() - 1) });
      return claims;
    },
    "for a deleted account": async () => {
      const { claims } = splitToken(getAccessToken(await somebody()));
      await User.deleteOne({ _id: claims.sub });
      return claims;
    },
  };
  for (const [what, claims] of Object.entries(cases)) {
    test(`a token ${what} gives 401`, async () => refused(await answerTo(made(await claims()))));
  }
});

test("an access token is not accepted as a refresh token, nor the reverse", async () => {
  refused(await answerTo(ada.tokens.refresh_token ?? ""));
  refused(await program().post("/auth/refresh", { refresh_token: getAccessToken(ada) }));
  for (const [what, refresh_token] of Object.entries(attacks(splitToken(ada.tokens.refresh_token ?? "")))) {
    if (what === "typ of a refresh token" || refresh_token.length > 2_000) continue;
    const { status } = await program().post("/auth/refresh", { refresh_token });
    assert.equal(status, 401, what);
  }
  assert.equal((await ada.get(ME)).status, 200, "the session is still valid");
});

test("a refresh token without a valid generation number gives 401", async () => {
  const { header, claims, key } = splitToken(ada.tokens.refresh_token ?? "");
  for (const gen of [undefined, null, "0", [0], { $gte: 0 }]) {
    const refresh_token = forged(header, { ...claims, gen }, { key });
    refused(await program().post("/auth/refresh", { refresh_token }));
  }
});

describe("a valid token is accepted only in one Authorization header", () => {
  const bare = 'Bearer realm="api"';
  test("a token in the query, a cookie or the body gives 401", async () => {
    const token = getAccessToken(ada);
    refused(await program().get(`${ME}?access_token=${token}`), bare);
    refused(await program().get(ME, { cookie: `access_token=${token}; token=${token}; sid=${token}` }), bare);
    refused(await program().post("/auth/logout", { access_token: token }), bare);
  });

  test("a token with another scheme than Bearer gives 401", async () => {
    for (const scheme of ["Basic", "Token", "JWT", "Bearer:", "Bearer,", "bearer x"]) {
      refused(await program().get(ME, { authorization: `${scheme} ${getAccessToken(ada)}` }));
    }
    refused(await program().get(ME, { authorization: getAccessToken(ada) }));
    refused(await program().get(ME, { authorization: `Bearer ${getAccessToken(ada)}, Bearer ${getAccessToken(ada)}` }));
    refused(await program().get(ME, { "x-authorization": `Bearer ${getAccessToken(ada)}` }), bare);
  });

  test("the scheme Bearer is accepted in upper and lower case", async () => {
    assert.equal((await program().get(ME, { authorization: `bearer ${getAccessToken(ada)}` })).status, 200);
  });

  test("two Authorization headers give 401, even if both are valid", async () => {
    const [one, other] = [`Bearer ${getAccessToken(ada)}`, `Bearer ${getAccessToken(eve)}`];
    assert.equal(await statusWith([one]), 200);
    for (const two of [
      [one, other],
      [one, "Bearer x"],
      ["Bearer x", one],
      [one, one],
    ]) {
      assert.equal(await statusWith(two), 401);
    }
  });
});

const statusWith = (authorization: string[]) =>
  new Promise<number | undefined>((done, fail) => {
    const twice = authorization.flatMap((one) => ["authorization", one]);
    const headers = ["host", new URL(origin).host, "connection", "close", ...twice];
    const sent = request(`${origin}/api/v1${ME}`, { headers }, (answer) => {
      answer.resume();
      done(answer.statusCode);
    });
    sent.on("error", fail).end();
  });

test("a third party can verify an access token with the published keys", async () => {
  const answer = await fetch(`${origin}/.well-known/jwks.json`);
  assert.equal(answer.headers.get("content-type"), "application/jwk-set+json; charset=utf-8");
  const keys = createLocalJWKSet((await answer.json()) as Parameters<typeof createLocalJWKSet>[0]);
  const issuer = config.baseUrl.origin;
  const rules = { issuer, audience: `${issuer}/api/v1`, typ: "at+jwt" };
  const { payload } = await jwtVerify(getAccessToken(ada), keys, rules);
  assert.equal(payload.sub, (await ada.get(ME)).body.id);
});
