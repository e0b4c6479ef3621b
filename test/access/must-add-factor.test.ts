import "../support/settings/second-factor-everyone.js";
import "../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { isOpenBeforeFactor } from "../../src/definitions/proofs.js";
import { scopes } from "../../src/definitions/scopes.js";
import { endpoints } from "../../src/forms/api/index.js";
import { User } from "../../src/models/user.js";
import { tokenFor } from "../support/api/users.js";
import { loggedIn, program } from "../support/api.js";
import { fillAddress, openAddress, sessionAddresses } from "../support/forms/session-addresses.js";
import { addApp, forgetLastCode } from "../support/users/factors.js";
import { findAccount } from "../support/users/passwords.js";
import { actAs, type Member, member } from "../support/users.js";
import { type Visitor, visitor } from "../support/visitor.js";

const FACTORS = "/account/factors";
const PROBLEM = "/problems/second-factor-setup-required";

let eve: Member;
before(async () => {
  eve = await member();
  await (await findAccount(eve)).grantRole({ role: "superadmin", domain: null }); // so that no permission is missing
});

const fill = (path: string) => fillAddress(path, eve.username);
const open = (browser: Visitor, method: string, path: string) =>
  openAddress(browser, { method, path: fill(path) }, FACTORS);

describe("a user without the second factor that everyone must have", () => {
  for (const { method, path } of sessionAddresses) {
    if (path === "/logout") continue;
    const isOpen = isOpenBeforeFactor(method, path);
    test(`${method} ${path} ${isOpen ? "is open" : "leads to the page that adds one"}`, async () => {
      const { status, location } = await open(eve, method, path);
      if (!isOpen) assert.deepEqual([status, location], [303, FACTORS]);
      else if (!path.startsWith(FACTORS)) assert.notEqual(location, FACTORS);
    });
  }

  test("is told why, and after adding an app everything opens", async () => {
    const one = await member();
    assert.equal((await one.get("/dashboard")).location, FACTORS);
    const page = await one.get(FACTORS);
    assert.equal(page.status, 200);
    await addApp(one);
    for (const path of ["/dashboard", "/posts/new", "/account/profile"])
      assert.equal((await one.get(path)).status, 200, path);
  });

  test("must add another one after removing it", async () => {
    const one = await member();
    await addApp(one);
    await one.submit(FACTORS, {}, `${FACTORS}/authenticator/remove`);
    assert.equal((await one.get("/dashboard")).location, FACTORS);
  });

  test("can log out", async () => {
    const one = await member();
    assert.equal((await open(one, "POST", "/logout")).status, 303);
    assert.equal((await one.get("/dashboard")).location, "/login");
  });
});

test("an admin who acts as a user without one reads pages as usual, and cannot add one", async () => {
  const [one, admin] = [await member(), await member()];
  await (await findAccount(admin)).grantRole({ role: "superadmin", domain: null });
  await addApp(admin);
  await actAs(admin, one);
  assert.equal((await admin.get("/dashboard")).status, 200);
  assert.equal((await admin.get(`${FACTORS}/authenticator`)).status, 403);
});

describe("API clients of such a user", () => {
  const send = ({ method, path }: { method: string; path: string }, client: ReturnType<typeof program>) =>
    client.call(method.toUpperCase(), fill(path), ["post", "patch"].includes(method) ? {} : undefined);
  let byToken: ReturnType<typeof program>;
  before(async () => {
    byToken = await tokenFor(eve, ...scopes);
  });

  for (const call of endpoints) {
    const address = `${call.method.toUpperCase()} /api/v1${call.path}`;
    const isOpen = isOpenBeforeFactor(call.method.toUpperCase(), `/api/v1${call.path}`);
    const ignoresTokens = call.who === "anyone" && !call.scope && !call.takesLogin;
    test(`${address}: ${isOpen || ignoresTokens ? "not refused for that" : "403"}`, async () => {
      for (const client of [await loggedIn(eve), byToken]) {
        const { status, body } = await send(call, client);
        if (isOpen || ignoresTokens) assert.notEqual(body.type, PROBLEM);
        else assert.deepEqual([status, body.type], [403, PROBLEM]);
      }
      if (call.who === "anyone") assert.notEqual((await send(call, program())).body.type, PROBLEM);
    });
  }

  test("work once the user has added an app: API tokens at once, programs after a login with a code", async () => {
    const one = await member();
    const token = await tokenFor(one, "account.read");
    const refused = await token.get("/users/me");
    assert.equal(refused.body.type, PROBLEM);
    assert.equal((await visitor().get(refused.body.type)).status, 200);
    const { code } = await addApp(one);
    assert.equal((await token.get("/users/me")).status, 200);
    await forgetLastCode(one);
    const { username, password } = one;
    const { body } = await program().post("/auth/login", { username, password, otp: await code() });
    assert.equal((await program(body.access_token).get("/users/me")).body.username, username);
    assert.ok((await User.findById(one.id).orFail()).authenticator);
  });
});
