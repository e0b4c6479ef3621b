import "../../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Device } from "../../../../src/models/device.js";
import { PendingLogin } from "../../../../src/models/pending-login.js";
import { User } from "../../../../src/models/user.js";
import { linkIn, mailAbout } from "../../../support/mailbox.js";
import { codeFor, createCodes, type ProtectedMember, protectedMember } from "../../../support/users/factors.js";
import { resetLinkFor } from "../../../support/users/passwords.js";
import { member, withRole } from "../../../support/users.js";
import { type Visitor, visitor } from "../../../support/visitor.js";

const STEP = "/login/second-factor";

async function enterPassword(one: { username: string; password: string }, browser: Visitor = visitor(), more = {}) {
  const page = await browser.submit("/login", { login: one.username, password: one.password, ...more });
  assert.deepEqual([page.status, page.location], [303, STEP], page.text);
  return browser;
}

/** Returns the id in the signed device cookie, or an empty one. */
const readDeviceId = (browser: Visitor) =>
  /device=([\w-]+)/.exec(decodeURIComponent(browser.cookies.get("device") ?? ""))?.[1] ?? "";

async function isLoggedIn(browser: Visitor) {
  return (await browser.get("/dashboard")).status === 200;
}

describe("a login with an authenticator app", () => {
  test("asks for a code after the password, and logs in with it", async () => {
    const ada = await protectedMember();
    const browser = await enterPassword(ada);
    assert.equal(browser.cookies.has("sid"), false);
    assert.deepEqual((await browser.get("/dashboard")).location, STEP);
    const page = await browser.get(STEP);
    assert.match(page.text, /autocomplete="one-time-code"/);
    assert.match(page.text, /inputmode="numeric"/);
    const code = await ada.code();
    const done = await browser.submit(STEP, { code: ` ${code.slice(0, 3)} ${code.slice(3)} ` });
    assert.deepEqual([done.status, done.location], [303, "/dashboard"]);
    assert.ok(await isLoggedIn(browser));
  });

  test("returns to the page that was wanted", async () => {
    const ada = await protectedMember();
    const browser = visitor();
    const login = (await browser.get("/account/profile")).location ?? "";
    const asked = await browser.submit(login, { login: ada.username, password: ada.password });
    const done = await browser.submit(asked.location ?? "", { code: await ada.code() });
    assert.equal(done.location, "/account/profile");
  });

  test("a wrong code is refused, whatever its form", async () => {
    const ada = await protectedMember();
    const browser = await enterPassword(ada);
    for (const code of [codeFor(ada.key, 5), "000000"]) {
      const page = await browser.submit(STEP, { code });
      assert.equal(page.status, 401);
      assert.match(page.text, /wrong or was used before/);
      assert.doesNotMatch(page.text, new RegExp(`value="${code}"`));
    }
    for (const code of ["", "12345", "1234567", "abcdef", "１２３４５６"]) {
      assert.equal((await browser.submit(STEP, { code })).status, 422, code);
    }
    assert.equal(await isLoggedIn(browser), false);
  });

  test("of 20 requests with one code in two browsers, one logs in", async () => {
    const ada = await protectedMember();
    const browsers = await Promise.all([enterPassword(ada), enterPassword(ada)]);
    const code = await ada.code();
    const forms = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (browsers[n % 2] as Visitor).submit(STEP, { code })),
    );
    assert.equal(forms.filter(({ location }) => location === "/dashboard").length, 1);
  });

  test("a code works once, also after the login is complete", async () => {
    const ada = await protectedMember();
    const code = await ada.code();
    const browser = await enterPassword(ada);
    const before = new Map(browser.cookies);
    assert.equal((await browser.submit(STEP, { code })).location, "/dashboard");
    const other = await enterPassword(ada);
    assert.equal((await other.submit(STEP, { code })).status, 401);
    const replay = visitor();
    for (const [name, value] of before) replay.cookies.set(name, value);
    assert.notEqual((await replay.get(STEP)).status, 200);
    assert.equal(await isLoggedIn(replay), false);
  });
});

describe("the pending step", () => {
  const refused = async (browser: Visitor, ada: ProtectedMember) => {
    const page = await browser.get(STEP);
    assert.deepEqual([page.status, page.location], [303, "/login"]);
    const _csrf = /name="_csrf" value="([^"]+)"/.exec((await browser.get("/login")).text)?.[1] ?? "";
    const sent = await browser.send(STEP, { _csrf, code: await ada.code() });
    assert.deepEqual([sent.status, sent.location], [303, "/login"]);
    assert.equal(await isLoggedIn(browser), false);
  };

  test("opens nothing without the password", async () => {
    await refused(visitor(), await protectedMember());
  });

  test("ends after five minutes", async () => {
    const ada = await protectedMember();
    const browser = await enterPassword(ada);
    await PendingLogin.updateMany({ user: ada.id }, { expiresAt: new Date() });
    await refused(browser, ada);
  });

  test("ends with a change of the password", async () => {
    const ada = await protectedMember();
    const browser = await enterPassword(ada);
    await ada.submit("/account/password", { currentPassword: ada.password, password: "another fine password" });
    await refused(browser, ada);
  });

  test("ends when the account is disabled", async () => {
    const ada = await protectedMember();
    const browser = await enterPassword(ada);
    await User.updateOne({ _id: ada.id }, { disabledAt: new Date() });
    await refused(browser, ada);
  });

  test("does not continue when an admin disables the account and enables it again", async () => {
    const [ada, admin] = [await protectedMember(), await withRole("superadmin")];
    const browser = await enterPassword(ada);
    const at = `/admin/users/${ada.id}`;
    assert.equal((await admin.submit(`${at}/disable`, { reason: "For a test." })).status, 303);
    assert.equal((await admin.submit(at, {}, `${at}/enable`)).status, 303);
    await refused(browser, ada);
  });

  test("belongs to one account: a second password replaces it", async () => {
    const [ada, eve] = [await protectedMember(), await protectedMember()];
    const browser = await enterPassword(ada);
    await enterPassword(eve, browser);
    const page = await browser.submit(STEP, { code: await ada.code() });
    assert.equal(page.status, 401);
    assert.equal((await browser.submit(STEP, { code: await eve.code() })).location, "/dashboard");
    assert.match((await browser.get("/dashboard")).text, new RegExp(eve.username));
  });

  test("opens no page of the account, and takes none of its forms", async () => {
    const ada = await protectedMember();
    const browser = await enterPassword(ada);
    for (const path of [
      "/account/factors",
      "/account/passkeys",
      "/account/password",
      "/account/factors/recovery-codes",
    ])
      assert.ok((await browser.get(path)).location?.startsWith(STEP), path);
    for (const path of [
      "/account/factors/authenticator/remove",
      "/account/factors/recovery-codes",
      "/account/sessions/end-others",
    ])
      assert.equal((await browser.submit(STEP, {}, path)).status, 303, path);
    const { authenticator, recoveryCodesMadeAt } = await User.findById(ada.id).orFail();
    assert.deepEqual([Boolean(authenticator), recoveryCodesMadeAt], [true, null]);
    assert.ok(await isLoggedIn(ada), "her other browser stays logged in");
  });

  test("gets a new secret with each password, so cookies that a thief has planted lead nowhere", async () => {
    const [ada, eve] = [await protectedMember(), await protectedMember()];
    const thief = await enterPassword(eve);
    const browser = visitor();
    for (const name of ["login", "device"]) browser.cookies.set(name, thief.cookies.get(name) ?? "");
    await enterPassword(ada, browser);
    assert.notEqual(browser.cookies.get("login"), thief.cookies.get("login"));
    await refused(thief, ada);
    assert.equal((await browser.submit(STEP, { code: await ada.code() })).location, "/dashboard");
    assert.equal(await isLoggedIn(thief), false);
  });

  test("belongs to one browser", async () => {
    const ada = await protectedMember();
    const browser = await enterPassword(ada);
    const thief = visitor();
    thief.cookies.set("login", browser.cookies.get("login") ?? "");
    await refused(thief, ada);
    thief.cookies.set("device", (await enterPassword(await protectedMember())).cookies.get("device") ?? "");
    await refused(thief, ada);
  });

  test("gives a new session id when it is complete", async () => {
    const ada = await protectedMember();
    const browser = await enterPassword(ada);
    browser.cookies.set("sid", "s%3Afixed.signature");
    await browser.submit(STEP, { code: await ada.code() });
    assert.notEqual(browser.cookies.get("sid"), "s%3Afixed.signature");
    assert.ok(await isLoggedIn(browser));
  });
});

describe("a recovery code", () => {
  test("logs in once, in any spelling, and the owner is told how many are left", async () => {
    const ada = await protectedMember();
    const [one = "", two = ""] = await createCodes(ada);
    const browser = await enterPassword(ada);
    const done = await browser.submit("/login/recovery", { recoveryCode: one.toLowerCase().replaceAll("-", " ") });
    assert.equal(done.location, "/dashboard");
    const mail = await mailAbout(ada.email, /recovery code was used/i);
    assert.match(mail.text, /There are 9\s+left/);
    const other = await enterPassword(ada);
    assert.equal((await other.submit("/login/recovery", { recoveryCode: one })).status, 401);
    assert.equal((await other.submit("/login/recovery", { recoveryCode: two })).location, "/dashboard");
  });

  test("of 20 requests with one code, one logs in", async () => {
    const ada = await protectedMember();
    const [recoveryCode = ""] = await createCodes(ada);
    const browsers = await Promise.all([enterPassword(ada), enterPassword(ada)]);
    const forms = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (browsers[n % 2] as Visitor).submit("/login/recovery", { recoveryCode })),
    );
    assert.equal(forms.filter(({ location }) => location === "/dashboard").length, 1);
  });

  test("a new set voids the old one", async () => {
    const ada = await protectedMember();
    const [recoveryCode = ""] = await createCodes(ada);
    assert.equal((await createCodes(ada)).length, 10);
    const browser = await enterPassword(ada);
    assert.equal((await browser.submit("/login/recovery", { recoveryCode })).status, 401);
  });

  test("of another account is refused", async () => {
    const [ada, eve] = [await protectedMember(), await protectedMember()];
    const [recoveryCode = ""] = await createCodes(eve);
    const browser = await enterPassword(ada);
    assert.equal((await browser.submit("/login/recovery", { recoveryCode })).status, 401);
  });
});

describe("every other way in asks too", () => {
  test("a password reset logs nobody in, and the next login asks for a code", async () => {
    const ada = await protectedMember();
    const browser = visitor();
    await browser.submit(await resetLinkFor(ada.email, browser), { password: "a new and long password" });
    await enterPassword({ ...ada, password: "a new and long password" }, browser);
  });

  test("a remembered browser asks for a code, but for no password", async () => {
    const ada = await protectedMember();
    const browser = await enterPassword(ada, visitor(), { remember: "on" });
    await browser.submit(STEP, { code: await ada.code() });
    assert.ok(browser.cookies.has("remember"));
    browser.cookies.delete("sid");
    assert.equal((await browser.get("/account/profile")).location, `${STEP}?return_to=%2Faccount%2Fprofile`);
    assert.equal(browser.cookies.has("sid"), false);
    assert.equal((await browser.submit(STEP, { code: await ada.code() })).location, "/dashboard");
    assert.ok(await isLoggedIn(browser));
  });

  test("a remembered browser with a code still needs the password for sensitive pages", async () => {
    const ada = await protectedMember();
    const browser = await enterPassword(ada, visitor(), { remember: "on" });
    await browser.submit(STEP, { code: await ada.code() });
    assert.equal((await browser.get("/account/factors/recovery-codes")).status, 200, "both factors were proved");
    browser.cookies.delete("sid");
    await browser.get("/dashboard");
    await browser.submit(STEP, { code: await ada.code() });
    assert.ok(await isLoggedIn(browser));
    assert.match((await browser.get("/account/factors/recovery-codes")).location ?? "", /^\/reauthenticate/);
  });

  test("a password reset makes no browser known, which would have attempts of its own", async () => {
    const ada = await protectedMember();
    const browser = visitor();
    await browser.submit(await resetLinkFor(ada.email, browser), { password: "a new and long password" });
    const id = readDeviceId(browser);
    assert.equal(id.length, 43);
    assert.deepEqual(await Device.listAccounts(id), []);
  });

  test("a confirmation link that logs in asks for a code", async () => {
    const ada = await protectedMember();
    await User.updateOne({ _id: ada.id }, { emailConfirmedAt: null });
    const browser = visitor();
    await browser.submit("/email-confirmation", { email: ada.email });
    const link = linkIn(await mailAbout(ada.email, /Confirm/, "/email-confirmation/"), "/email-confirmation/");
    const page = await browser.submit(link, { password: ada.password });
    assert.deepEqual([page.status, page.location], [303, STEP], page.text);
    assert.equal(browser.cookies.has("sid"), false);
    assert.equal((await browser.submit(STEP, { code: await ada.code() })).location, "/dashboard");
  });
});

describe("a trusted browser", () => {
  const trust = async (ada: ProtectedMember) => {
    const browser = await enterPassword(ada);
    await browser.submit(STEP, { code: await ada.code(), trust: "on" });
    await browser.submit("/dashboard", {}, "/logout");
    return browser;
  };

  test("needs the password only, until the password changes", async () => {
    const ada = await protectedMember();
    const browser = await trust(ada);
    assert.equal(await isLoggedIn(browser), false);
    const page = await browser.submit("/login", { login: ada.username, password: ada.password });
    assert.equal(page.location, "/dashboard");
    const other = { ...ada, password: "another fine password" };
    assert.equal(
      (await ada.submit("/account/password", { currentPassword: ada.password, password: other.password })).status,
      303,
    );
    await browser.submit("/login", { login: ada.username, password: ada.password });
    await enterPassword(other, browser);
  });

  test("still needs a code for sensitive pages", async () => {
    const ada = await protectedMember();
    const browser = await trust(ada);
    await browser.submit("/login", { login: ada.username, password: ada.password });
    const asked = await browser.get("/account/factors/recovery-codes");
    assert.match(asked.location ?? "", /^\/reauthenticate/);
    const without = await browser.submit("/reauthenticate", { password: ada.password });
    assert.equal(without.status, 422);
    const confirmed = await browser.submit("/reauthenticate", { password: ada.password, code: await ada.code() });
    assert.equal(confirmed.status, 303);
    assert.equal((await browser.get("/account/factors/recovery-codes")).status, 200);
  });

  test("needs a code, not only the password, to change addresses, the password or to delete the account", async () => {
    const ada = await protectedMember();
    const browser = await trust(ada);
    await browser.submit("/login", { login: ada.username, password: ada.password });
    const currentPassword = ada.password;
    for (const [at, fields] of [
      ["/account/addresses", { email: "eve@example.org" }],
      ["/account/email", { email: "eve@example.org" }],
      ["/account/password", { password: "another fine password" }],
      ["/account/deletion", { posts: "keep" }],
    ] as const) {
      const _csrf = /name="_csrf" value="([^"]+)"/.exec((await browser.get("/account/profile")).text)?.[1] ?? "";
      const page = await browser.send(at, { _csrf, currentPassword, ...fields });
      assert.match(page.text, /\/reauthenticate/, at);
    }
    const user = await User.findById(ada.id).orFail();
    assert.deepEqual([user.email, user.sessionEpoch, user.deletion], [ada.email, 1, null]);
  });

  test("trusts only the account that asked for it", async () => {
    const browser = await trust(await protectedMember());
    await enterPassword(await protectedMember(), browser);
  });
});

test("a confirmation link opened in a trusted browser keeps the login", async () => {
  const ada = await protectedMember();
  const browser = await enterPassword(ada);
  await browser.submit(STEP, { code: await ada.code(), trust: "on" });
  await browser.submit("/dashboard", {}, "/logout");
  await browser.submit("/login", { login: ada.username, password: ada.password });
  await User.updateOne({ _id: ada.id }, { emailConfirmedAt: null });
  await browser.submit("/email-confirmation", { email: ada.email });
  const link = linkIn(await mailAbout(ada.email, /Confirm/, "/email-confirmation/"), "/email-confirmation/");
  const page = await browser.submit(link, { password: ada.password });
  assert.equal(page.status, 303, page.text);
});

test("what was typed before the login survives both steps", async () => {
  const ada = await protectedMember();
  const browser = await enterPassword(ada);
  await browser.submit(STEP, { code: await ada.code() });
  const form = await browser.get("/posts/new");
  const _csrf = /name="_csrf" value="([^"]+)"/.exec(form.text)?.[1] ?? "";
  browser.cookies.delete("sid");
  const asked = await browser.send("/posts", {
    _csrf,
    title: "A gate",
    body: "Words that took an hour",
    visibility: "draft",
  });
  const typed = /name="_typed" value="([^"]+)"/.exec(asked.text)?.[1] ?? assert.fail(asked.text);
  const token = /name="_csrf" value="([^"]+)"/.exec(asked.text)?.[1] ?? "";
  const second = await browser.send("/login", {
    _csrf: token,
    login: ada.username,
    password: ada.password,
    _typed: typed,
  });
  assert.equal(second.status, 401);
  assert.match(second.text, /name="_typed" value="/);
  const again = /name="_csrf" value="([^"]+)"/.exec(second.text)?.[1] ?? "";
  const done = await browser.send(STEP, { _csrf: again, code: await ada.code(), _typed: typed });
  assert.match(done.text, /Words that took an hour/);
});

test("an account without a second factor logs in as before", async () => {
  const ada = await member();
  assert.ok(await isLoggedIn(ada));
});
