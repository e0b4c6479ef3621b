import "../../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { config } from "../../../src/config/index.js";
import type { Scope } from "../../../src/definitions/scopes.js";
import type { Endpoint } from "../../../src/forms/api/endpoint.js";
import { endpoints } from "../../../src/forms/api/index.js";
import { ApiToken } from "../../../src/models/api-token.js";
import { User } from "../../../src/models/user.js";
import { machineRoutes } from "../../../src/routes/index.js";
import { listMountedRoutes } from "../../../src/web/mount.js";
import { createKey, forged } from "../../support/api/jwts.js";
import { readToken } from "../../support/api/tokens.js";
import { loggedIn, program } from "../../support/api.js";
import { type Member, member } from "../../support/users.js";

const mounted = listMountedRoutes(machineRoutes).filter(({ path }) => path.startsWith("/api/v1/"));

test("every API address has a declared call, and every declared call has an address", () => {
  const declared = endpoints.map(({ method, path }) => `${method.toUpperCase()} /api/v1${path}`);
  assert.deepEqual(mounted.map(({ method, path }) => `${method} ${path}`).sort(), declared.sort());
});

let ada: Member;
const bad: Record<string, string> = {};
let confined: (scope: Scope | null) => string;
before(async () => {
  ada = await member();
  const { access_token: good = "", refresh_token: refresh = "" } = (await loggedIn(ada)).tokens;
  const key = createKey(config.jwtSecrets[0] ?? "");
  bad["an expired access token"] = forged(decodeProtectedHeader(good), { ...decodeJwt(good), exp: 1 }, { key });
  bad["a refresh token"] = refresh;
  const ended = await loggedIn(ada);
  await ended.post("/auth/logout");
  bad["an access token after logout"] = ended.tokens.access_token ?? "";
  const revoked = await readToken(ada, "account.read");
  await ApiToken.deleteOne({ _id: revoked.id });
  bad["a revoked API token"] = revoked.token;
  const old = await readToken(ada, "account.read");
  await ApiToken.updateOne({ _id: old.id }, { expiresAt: new Date(Date.now() - 1) });
  bad["an expired API token"] = old.token;
  bad["an API token with another checksum"] = old.token.slice(0, -1) + (old.token.endsWith("0") ? "1" : "0");
  const [read, write] = [await readToken(ada, "account.read"), await readToken(ada, "posts.write")];
  confined = (scope) => (scope === "account.read" ? write : read).token;
});

const ID = "0".repeat(24);
const send = (call: Endpoint, token?: string, headers = {}) => {
  const path = call.path.replace(/:\w+/g, ID);
  const body = ["post", "patch"].includes(call.method) ? {} : undefined;
  return program(token).call(call.method.toUpperCase(), path, body, headers);
};

for (const call of endpoints.filter(({ who }) => who !== "anyone")) {
  describe(`${call.method.toUpperCase()} ${call.path}`, () => {
    test("a request without a token gives 401 and names the scheme", async () => {
      const { status, headers } = await send(call);
      assert.equal(status, 401);
      assert.equal(headers.get("www-authenticate"), 'Bearer realm="api"');
    });

    test("an invalid token gives 401", async () => {
      for (const [what, token] of Object.entries(bad)) {
        const { status, headers } = await send(call, token);
        assert.equal(status, 401, what);
        assert.match(headers.get("www-authenticate") ?? "", /error="invalid_token"/, what);
      }
    });

    test("the cookies of a logged-in browser give 401", async () => {
      const cookie = [...ada.cookies].map((pair) => pair.join("=")).join("; ");
      assert.equal((await send(call, undefined, { cookie })).status, 401);
    });

    test("a token in the address gives 401", async () => {
      const { tokens } = await loggedIn(ada);
      const { status } = await send({ ...call, path: `${call.path}?access_token=${tokens.access_token}` });
      assert.equal(status, 401);
    });

    test("an API token with another scope gives 403 and names the missing scope", async () => {
      const { status, headers } = await send(call, confined(call.scope));
      assert.equal(status, 403);
      const named = call.scope ? `, scope="${call.scope}"` : "";
      assert.equal(headers.get("www-authenticate"), `Bearer realm="api", error="insufficient_scope"${named}`);
    });

    if (call.who === "member") {
      test("an unconfirmed user gets 401, even with an older token", async () => {
        const bob = await member();
        const { access_token: token } = (await loggedIn(bob)).tokens;
        await User.updateOne({ username: bob.username }, { $set: { emailConfirmedAt: null } });
        assert.equal((await send(call, token)).status, 401);
      });
    }
  });
}

test("an API token becomes invalid as soon as its owner is disabled", async () => {
  const bob = await member();
  const robot = await readToken(bob, "account.read", "posts.read", "posts.write");
  await (await User.findOne({ username: bob.username }).orFail()).disable();
  for (const call of endpoints.filter(({ who }) => who !== "anyone")) {
    assert.equal((await send(call, robot.token)).status, 401, call.path);
  }
});
