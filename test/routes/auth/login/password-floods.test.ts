import "../../../support/settings/proxied.js";
import "../../../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { config } from "../../../../src/config/index.js";
import { configurePasswords } from "../../../../src/lib/passwords/hash.js";
import { origin } from "../../../support/app.js";
import { account } from "../../../support/users/accounts.js";
import { anotherNetwork, from } from "../../../support/users/networks.js";
import { fresh, resetLinkFor } from "../../../support/users/passwords.js";
import { newPerson } from "../../../support/users.js";

const FLOOD = 60;
const wrong = "not-the-password";
type Send = () => Promise<{ status: number }>;
type Mallory = Awaited<ReturnType<typeof account>> & { ip: string };

before(() => configurePasswords({ pepper: config.passwordPepper, cost: 8, threads: 1, maxQueue: 16 }));

/** Prepares a form that takes the password of the logged-in user. */
const ofMember =
  (path: string, fields: Record<string, string>) =>
  async ({ username, password, ip }: Mallory): Promise<Send> => {
    const browser = from(ip);
    assert.equal((await browser.logIn(username, password)).status, 303);
    return browser.fillIn(path, fields);
  };
const ofVisitor =
  (path: string, fields: () => Record<string, string>) =>
  async ({ ip }: Mallory): Promise<Send> => {
    const browser = from(ip);
    await browser.get(path);
    return async () => (await browser.fillIn(path, fields()))();
  };
const call = (ip: string, method: string, path: string, body: object, token?: string) =>
  fetch(`${origin}/api/v1${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      "x-forwarded-for": ip,
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });

/** A call that takes the password of the logged-in user. */
const ofClient =
  (method: string, path: string, body: object) =>
  async ({ ip, username, password }: Mallory): Promise<Send> => {
    const login = await call(ip, "POST", "/auth/login", { username, password });
    const { access_token: token } = (await login.json()) as { access_token: string };
    return () => call(ip, method, path, body, token);
  };

/** Every address that checks or hashes a password, with a function that prepares a flood of it. */
const floods: Record<string, (mallory: Mallory) => Promise<Send>> = {
  "POST /account/password": ofMember("/account/password", { currentPassword: wrong, password: fresh }),
  "POST /account/email": ofMember("/account/email", { currentPassword: wrong, email: "new@example.org" }),
  "POST /account/addresses": ofMember("/account/addresses", { currentPassword: wrong, email: "new@example.org" }),
  "POST /account/deletion": ofMember("/account/deletion", { currentPassword: wrong, posts: "keep" }),
  "POST /reauthenticate": ofMember("/reauthenticate", { password: wrong }),
  "POST /login": ofVisitor("/login", () => ({ login: "anybody", password: wrong })),
  "POST /register": ofVisitor("/register", newPerson),
  "POST /password-reset/:token": async (mallory) => {
    const link = await resetLinkFor(mallory.email);
    return from(mallory.ip).fillIn(link, { password: fresh });
  },
  "POST /api/v1/auth/login":
    async ({ ip, username }) =>
    () =>
      call(ip, "POST", "/auth/login", { username, password: wrong }),
  "POST /api/v1/auth/register":
    async ({ ip }) =>
    () =>
      call(ip, "POST", "/auth/register", newPerson()),
  "POST /api/v1/auth/password-reset/confirm": async ({ ip, email }) => {
    const token = (await resetLinkFor(email)).split("/").at(-1);
    return () => call(ip, "POST", "/auth/password-reset/confirm", { token, password: fresh });
  },
  "DELETE /api/v1/users/me": ofClient("DELETE", "/users/me", { currentPassword: wrong }),
  "POST /api/v1/users/me/password": ofClient("POST", "/users/me/password", { currentPassword: wrong, password: fresh }),
  "POST /api/v1/users/me/email": ofClient("POST", "/users/me/email", {
    currentPassword: wrong,
    email: "n@example.org",
  }),
  "POST /api/v1/users/me/recovery-email": ofClient("POST", "/users/me/recovery-email", {
    currentPassword: wrong,
    email: "n@example.org",
  }),
  "POST /api/v1/users/me/deletion": ofClient("POST", "/users/me/deletion", { currentPassword: wrong }),
  "POST /api/v1/users/me/reauthentication": ofClient("POST", "/users/me/reauthentication", { password: wrong }),
};

const byMembers = /account|reauthenticate|users\/me/;

for (const [address, prepare] of Object.entries(floods)) {
  describe(`while a user floods ${address}`, () => {
    const places = byMembers.test(address) ? ["another network", "the same network"] : ["another network"];
    for (const place of places) {
      test(`other users can log in from ${place}`, async () => {
        const mallory = { ...(await account()), ip: anotherNetwork() };
        const send = await prepare(mallory);
        const people = await Promise.all([account(), account()]);
        const logins = await Promise.all(
          people.map(({ username: login, password }) =>
            from(place === "the same network" ? mallory.ip : anotherNetwork()).fillIn("/login", { login, password }),
          ),
        );
        const flood = Array.from({ length: FLOOD }, send);
        await Promise.race(flood); // waits until the flood has begun
        const answers = await Promise.all(logins.map((logIn) => logIn()));
        assert.deepEqual(
          answers.map(({ status }) => status),
          [303, 303],
        );
        const statuses = (await Promise.all(flood)).map(({ status }) => status);
        assert.ok(statuses.includes(503), `the requests were not enough for a flood: ${[...new Set(statuses)]}`);
      });
    }
  });
}
