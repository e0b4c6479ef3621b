import "../support/settings/second-factor-admins.js";
import "../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { loggedIn } from "../support/api.js";
import { addApp } from "../support/users/factors.js";
import { findAccount } from "../support/users/passwords.js";
import { member, withRole } from "../support/users.js";

const PROBLEM = "/problems/second-factor-setup-required";

test("where admins must have a second factor, members need none", async () => {
  const one = await member();
  assert.equal((await one.get("/dashboard")).status, 200);
  assert.equal((await (await loggedIn(one)).get("/users/me")).status, 200);
});

for (const role of ["superadmin", "admin", "editor"] as const) {
  test(`a user with the role ${role} must add one, in browsers and as a program`, async () => {
    const one = await withRole(role);
    assert.equal((await one.get("/dashboard")).location, "/account/factors");
    assert.equal((await (await loggedIn(one)).get("/users/me")).body.type, PROBLEM);
    await addApp(one);
    assert.equal((await one.get("/dashboard")).status, 200);
  });
}

test("a user who gets such a role is asked with the next request", async () => {
  const one = await member();
  const api = await loggedIn(one);
  await (await findAccount(one)).grantRole({ role: "admin", domain: null });
  assert.equal((await one.get("/dashboard")).location, "/account/factors");
  assert.equal((await api.get("/users/me")).body.type, PROBLEM);
});
