import "../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { isOpenBeforePasswordChange } from "../../src/definitions/proofs.js";
import { scopes } from "../../src/definitions/scopes.js";
import { endpoints } from "../../src/forms/api/index.js";
import { User } from "../../src/models/user.js";
import { tokenFor } from "../support/api/users.js";
import { loggedIn, program } from "../support/api.js";
import { fillAddress, openAddress, pageAddresses, sessionAddresses } from "../support/forms/session-addresses.js";
import { mailAbout } from "../support/mailbox.js";
import { findAccount, fresh, logIn, resetLinkFor } from "../support/users/passwords.js";
import { actAs, type Member, member, withRole } from "../support/users.js";
import { type Visitor, visitor } from "../support/visitor.js";

const PASSWORD_PAGE = "/account/password";
const PROBLEM = "/problems/password-change-required";

/** A logged-in member whose password an admin chose. */
async function newcomer() {
  const one = await member();
  await requireChange(one);
  return one;
}

const requireChange = ({ id }: { id: string }) => User.updateOne({ _id: id }, { passwordChangeRequiredAt: new Date() });

let eve: Member;
let root: Member;
before(async () => {
  eve = await newcomer();
  await (await findAccount(eve)).grantRole({ role: "superadmin", domain: null }); // so that no permission is missing
  root = await withRole("superadmin");
});

const fill = (path: string) => fillAddress(path, root.username);
const open = (browser: Visitor, method: string, path: string) =>
  openAddress(browser, { method, path: fill(path) }, PASSWORD_PAGE);

test("the walk over the pages covers every address that reads a session", () => {
  const walked = sessionAddresses.map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(walked.sort(), [...pageAddresses].sort());
});

describe("a user whose password an admin chose", () => {
  for (const { method, path } of sessionAddresses) {
    if (path === "/logout") continue;
    const isOpen = isOpenBeforePasswordChange(method, path);
    test(`${method} ${path} ${isOpen ? "is open" : "leads to the page that changes the password"}`, async () => {
      const { status, location } = await open(eve, method, path);
      // This button leads to the same page, because someone knows the password; its message shows that it acted.
      if (path === "/account/factor-recovery/cancel")
        assert.match((await eve.get(PASSWORD_PAGE)).text, /second factors were not removed/);
      else if (isOpen) assert.notEqual(location, PASSWORD_PAGE);
      else assert.deepEqual([status, location], [303, PASSWORD_PAGE]);
    });
  }

  test("can log out", async () => {
    const one = await newcomer();
    assert.equal((await open(one, "POST", "/logout")).status, 303);
    assert.equal((await one.get("/dashboard")).location, "/login");
  });
});

test("the page says why, offers nothing else, and a new password opens the account", async () => {
  const one = await newcomer();
  const page = await one.get(PASSWORD_PAGE);
  assert.equal(page.status, 200);
  assert.match(page.text, /An admin chose the current password/);
  assert.doesNotMatch(page.text, /href="\/(dashboard|account\/|posts\/new)/);
  for (const password of [one.password, "short"]) {
    const refused = await one.submit(PASSWORD_PAGE, { currentPassword: one.password, password });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /An admin chose the current password/);
  }
  assert.equal((await one.get("/dashboard")).location, PASSWORD_PAGE);
  const done = await one.submit(PASSWORD_PAGE, { currentPassword: one.password, password: fresh });
  assert.deepEqual([done.status, done.location], [303, "/dashboard"]);
  assert.match((await one.get("/dashboard")).text, /Password changed/);
  assert.doesNotMatch((await one.get(PASSWORD_PAGE)).text, /An admin chose/);
  assert.equal((await findAccount(one)).passwordChangeRequiredAt, null);
  await mailAbout(one.email, /password was changed/i);
});

test("a password reset by email opens the account", async () => {
  const one = await newcomer();
  assert.equal((await one.submit(await resetLinkFor(one.email, one), { password: fresh })).status, 303);
  assert.equal((await findAccount(one)).passwordChangeRequiredAt, null);
  const browser = visitor();
  await browser.submit("/login", { login: one.username, password: fresh });
  assert.equal((await browser.get("/dashboard")).status, 200);
});

test("another login with the old password, or a better hash of it, is no change", async () => {
  const one = await newcomer();
  assert.equal((await logIn(one, one.password)).status, 303);
  assert.ok((await findAccount(one)).passwordChangeRequiredAt);
});

test("a remembered browser is asked too", async () => {
  const one = await newcomer();
  const browser = visitor();
  await browser.submit("/login", { login: one.username, password: one.password, remember: "on" });
  browser.cookies.delete("sid");
  assert.equal((await browser.get("/dashboard")).location, PASSWORD_PAGE);
  assert.ok(browser.cookies.has("sid"), "the browser was remembered");
  assert.equal((await browser.get("/posts")).location, PASSWORD_PAGE);
});

test("an admin who acts as the user reads pages as usual, and cannot change the password", async () => {
  const one = await newcomer();
  const admin = await withRole("superadmin");
  await actAs(admin, one);
  const page = await admin.get("/dashboard");
  assert.equal(page.status, 200);
  assert.match(page.text, /href="\/posts\/new"/);
  assert.equal((await admin.get(PASSWORD_PAGE)).status, 403);
  assert.equal((await one.get("/dashboard")).location, PASSWORD_PAGE);
});

test("the page of the user tells an admin, until the password is changed", async () => {
  const one = await newcomer();
  const at = `/admin/users/${one.id}`;
  assert.match((await root.get(at)).text, /must be changed after the next login/);
  await one.submit(PASSWORD_PAGE, { currentPassword: one.password, password: fresh });
  assert.doesNotMatch((await root.get(at)).text, /must be changed after the next login/);
});

describe("API clients of a user whose password an admin chose", () => {
  const send = ({ method, path }: { method: string; path: string }, client: ReturnType<typeof program>) =>
    client.call(method.toUpperCase(), fill(path), ["post", "patch"].includes(method) ? {} : undefined);
  let byToken: Awaited<ReturnType<typeof tokenFor>>;
  before(async () => {
    byToken = await tokenFor(eve, ...scopes);
  });
  const changesNothing = ["/auth/logout", "/tokens/current"];

  for (const call of endpoints) {
    const address = `${call.method.toUpperCase()} /api/v1${call.path}`;
    const isOpen = isOpenBeforePasswordChange(call.method.toUpperCase(), `/api/v1${call.path}`);
    const ignoresTokens = call.who === "anyone" && !call.scope && !call.takesLogin;
    test(`${address}: ${isOpen || ignoresTokens ? "not refused for that" : "403"}`, async () => {
      for (const client of [await loggedIn(eve), byToken]) {
        const { status, body } = await send(call, client);
        if (isOpen || ignoresTokens) assert.notEqual(body.type, PROBLEM);
        else assert.deepEqual([status, body.type], [403, PROBLEM]);
      }
      if (isOpen && changesNothing.includes(call.path)) assert.ok((await send(call, await loggedIn(eve))).status < 300);
      if (call.who === "anyone") assert.notEqual((await send(call, program())).body.type, PROBLEM);
    });
  }

  test("a client changes the password and goes on with the new tokens", async () => {
    const one = await newcomer();
    const client = await loggedIn(one);
    const refused = await client.get("/users/me");
    assert.match(refused.body.detail, /POST \/api\/v1\/users\/me\/password/);
    assert.equal((await visitor().get(refused.body.type)).status, 200);
    const refreshed = await program().post("/auth/refresh", { refresh_token: client.tokens.refresh_token });
    const again = program(refreshed.body.access_token);
    assert.equal((await again.get("/users/me")).body.type, PROBLEM);
    const same = { currentPassword: one.password, password: one.password };
    assert.equal((await again.post("/users/me/password", same)).status, 422);
    const changed = await again.post("/users/me/password", { ...same, password: fresh });
    assert.equal(changed.status, 200);
    assert.equal((await program(changed.body.access_token).get("/users/me")).body.username, one.username);
  });

  test("an API token from before works again after the change", async () => {
    const one = await member();
    const token = await tokenFor(one, "account.read");
    await requireChange(one);
    assert.equal((await token.get("/users/me")).body.type, PROBLEM);
    await one.submit(PASSWORD_PAGE, { currentPassword: one.password, password: fresh });
    assert.equal((await token.get("/users/me")).status, 200);
  });
});
