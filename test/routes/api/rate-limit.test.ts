import "../../support/settings/limits.js";
import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { User } from "../../../src/models/user.js";
import { program } from "../../support/api.js";
import { origin } from "../../support/app.js";
import { account } from "../../support/users/accounts.js";
import { anotherNetwork, from } from "../../support/users/networks.js";

type Account = Awaited<ReturnType<typeof account>>;

/** Tries to log in as an API client in a network. */
const logIn = ({ username }: { username: string }, password: string, network = anotherNetwork()) =>
  program().post("/auth/login", { username, password }, { "x-forwarded-for": network, "user-agent": "backup/1.0" });

async function loggedIn(ada: Account, network = anotherNetwork()) {
  const { status, body } = await logIn(ada, ada.password, network);
  assert.equal(status, 200);
  return program(body.access_token);
}

test("each user can make 600 calls a minute, and each response says how many are left", async () => {
  const [ada, bob] = [await loggedIn(await account()), await loggedIn(await account())];
  const left = ({ headers }: { headers: Headers }) =>
    Number(/;r=(\d+);t=\d+$/.exec(headers.get("ratelimit") ?? "")?.[1]);
  const first = await ada.get("/users/me");
  assert.equal(first.headers.get("ratelimit-policy"), '"default";q=600;w=60');
  assert.equal(left(await ada.get("/posts/x")), left(first) - 1, "failed calls count too");
  for (let n = 0; n < 6; n += 1) await Promise.all(Array.from({ length: 100 }, () => ada.get("/users/me?fields=id")));
  const refused = await ada.get("/users/me");
  assert.equal(refused.status, 429);
  assert.equal(left(refused), 0);
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  assert.equal((await bob.get("/users/me")).status, 200);
});

test("a known client can log in while strangers try many passwords", async () => {
  const ada = await account();
  const home = anotherNetwork();
  await loggedIn(ada, home);
  for (let n = 0; n < 12; n += 1) {
    const stranger = anotherNetwork();
    for (let tries = 0; tries < 5; tries += 1) assert.equal((await logIn(ada, "a guess", stranger)).status, 401);
  }
  assert.equal((await logIn(ada, ada.password)).status, 401, "the login is locked out in every other network");
  assert.equal((await logIn(ada, ada.password, home)).status, 200);
});

test("with a stolen access token, even the correct password fails after ten wrong ones", async () => {
  const ada = await account();
  const thief = await loggedIn(ada);
  const leave = (currentPassword: string) => thief.delete("/users/me", { currentPassword });
  for (let n = 0; n < 10; n += 1) assert.equal((await leave(`guess number ${n}`)).status, 422);
  assert.equal((await leave(ada.password)).status, 422);
  assert.equal((await User.findOne({ username: ada.username }).orFail()).deletion, null);
  assert.equal((await from(anotherNetwork()).logIn(ada.username, ada.password)).status, 303, "the owner can log in");
});

test("a user can create twenty API tokens an hour", async () => {
  const ada = await loggedIn(await account());
  const wanted = { description: "x", scopes: ["posts.read"], expiresInDays: 1 };
  for (let n = 0; n < 20; n += 1) assert.equal((await ada.post("/tokens", wanted)).status, 201);
  assert.equal((await ada.post("/tokens", wanted)).status, 429);
});

test("no other origin may call the API unless it is configured", async () => {
  for (const method of ["OPTIONS", "GET"]) {
    const asked = { origin: "https://app.example.org", "access-control-request-method": "GET" };
    const { headers } = await fetch(`${origin}/api/v1/users/me`, { method, headers: asked });
    assert.equal(headers.get("access-control-allow-origin"), null, method);
  }
});
