import "../../../support/settings/limits.js";
import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { origin } from "../../../support/app.js";
import { account } from "../../../support/users/accounts.js";
import { anotherNetwork, from } from "../../../support/users/networks.js";
import { fresh } from "../../../support/users/passwords.js";

const wrong = "not-the-password";

/** The forms that take the password of the logged-in user, with their other fields. */
const forms: Record<string, Record<string, string>> = {
  "/account/password": { currentPassword: wrong, password: fresh },
  "/account/addresses": { currentPassword: wrong, email: "new@example.org" },
  "/account/email": { currentPassword: wrong, email: "new@example.org" },
  "/account/deletion": { currentPassword: wrong, posts: "keep" },
  "/reauthenticate": { password: wrong },
};

async function listCalls(ip: string, { username, password }: { username: string; password: string }) {
  const headers = { "content-type": "application/json", "x-forwarded-for": ip };
  const login = await fetch(`${origin}/api/v1/auth/login`, {
    method: "POST",
    headers,
    body: JSON.stringify({ username, password }),
  });
  const { access_token: token } = (await login.json()) as { access_token: string };
  return () =>
    fetch(`${origin}/api/v1/users/me`, {
      method: "DELETE",
      headers: { ...headers, authorization: `Bearer ${token}` },
      body: JSON.stringify({ currentPassword: wrong, posts: "keep" }),
    });
}

test("a logged-in user has twenty password attempts per ten minutes, in all forms and the API together", async () => {
  const ada = await account();
  const ip = anotherNetwork();
  const browser = from(ip);
  await browser.logIn(ada.username, ada.password);
  let tries = 0;
  for (const [path, fields] of Object.entries(forms)) {
    for (let n = 0; n < 4; n += 1, tries += 1) assert.notEqual((await browser.post(path, fields)).status, 429, path);
  }
  const call = await listCalls(ip, ada);
  for (; tries < 20; tries += 1) assert.equal((await call()).status, 422);
  for (const [path, fields] of Object.entries(forms))
    assert.equal((await browser.post(path, fields)).status, 429, path);
  const refused = await call();
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  const another = await account();
  assert.equal(
    (await from(ip).logIn(another.username, another.password)).status,
    303,
    "other users in the network can log in",
  );
});
