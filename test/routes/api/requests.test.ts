import "../../support/environment.js";
import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { loggedIn } from "../../support/api.js";
import { origin } from "../../support/app.js";
import { account } from "../../support/users/accounts.js";

type Sent = { method?: string; path: string; headers?: Record<string, string>; body?: Buffer | string };

/** Sends a request unchanged, whereas fetch would normalize it. */
function raw({ method = "GET", path, headers = {}, body }: Sent) {
  const { hostname, port } = new URL(origin);
  return new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers }, async (response) => {
      let text = "";
      for await (const part of response) text += part;
      resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"] ?? "", text });
    }).on("error", reject);
    sent.end(body);
  });
}

test("every error below /api is a problem document, however the address is written", async () => {
  const paths = [
    ["/api/v1/users/me", 401],
    ["/API/V1/users/me", 404],
    [`${origin}/api/v1/users/me`, 401],
    [`${origin}/api/v1/nowhere`, 404],
    ["/api?x", 404],
    ["/api/v1/users/%E0%A4%A", 400],
  ] as const;
  for (const [path, status] of paths) {
    const answer = await raw({ path });
    assert.equal(answer.status, status, path);
    assert.match(answer.type, /^application\/problem\+json/, path);
  }
});

test("a small compressed body that expands to a large one gives 413", async () => {
  const { tokens } = await loggedIn(await account());
  const headers = {
    authorization: `Bearer ${tokens.access_token}`,
    "content-type": "application/json",
    "content-encoding": "gzip",
  };
  const bomb = gzipSync(JSON.stringify({ bio: "x".repeat(20_000_000) }));
  assert.ok(bomb.length < 40_000);
  assert.equal((await raw({ method: "PATCH", path: "/api/v1/users/me", headers, body: bomb })).status, 413);
  const small = gzipSync(JSON.stringify({ bio: "Unfolded." }));
  const done = await raw({ method: "PATCH", path: "/api/v1/users/me", headers, body: small });
  assert.equal(JSON.parse(done.text).bio, "Unfolded.");
});

test("unusual JSON gives a client error, never a server error", async () => {
  const { call } = await loggedIn(await account());
  for (const body of ["null", "[]", "7", '"x"', '{"__proto__":{"isMember":true}}', '{"constructor":{}}', "", "{}{}"]) {
    for (const [method, path] of [
      ["PATCH", "/users/me"],
      ["POST", "/posts"],
      ["POST", "/tokens"],
      ["DELETE", "/users/me"],
      ["POST", "/invitations/lookup"],
      ["POST", "/invitations/accept"],
      ["POST", "/users/me/password"],
      ["POST", "/users/me/email"],
      ["POST", "/users/me/recovery-email"],
      ["POST", "/users/me/deletion"],
      ["POST", "/users/me/reauthentication"],
      ["POST", "/auth/password-reset"],
      ["POST", "/auth/password-reset/confirm"],
    ] as const) {
      const { status } = await call(method, path, body);
      assert.ok([200, 400, 422].includes(status), `${method} ${path} ${body}: ${status}`);
    }
  }
});

test("an undocumented method gives an error and changes nothing", async () => {
  const { call, get } = await loggedIn(await account());
  const before = (await get("/users/me")).body;
  for (const method of ["PUT", "POST"])
    assert.ok([404, 405].includes((await call(method, "/users/me", {})).status), method);
  assert.deepEqual((await get("/users/me")).body, before);
});
