import "../../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { PasskeyChallenge } from "../../../../src/models/passkey-challenge.js";
import { Session } from "../../../../src/models/session.js";
import { User } from "../../../../src/models/user.js";
import { codeFor, protectedMember } from "../../../support/users/factors.js";
import {
  addPasskey,
  askOptions,
  authenticator,
  passkeyMember,
  readOptions,
  type Unusual,
  usePasskey,
} from "../../../support/users/passkeys.js";
import { member } from "../../../support/users.js";
import { type Visitor, visitor } from "../../../support/visitor.js";

const STEP = "/login/second-factor";
const isLoggedIn = async (browser: Visitor) => (await browser.get("/dashboard")).status === 200;

async function enterPassword(one: { username: string; password: string }, browser: Visitor = visitor()) {
  const page = await browser.submit("/login", { login: one.username, password: one.password });
  assert.deepEqual([page.status, page.location], [303, STEP], page.text);
  return browser;
}

describe("a passkey alone", () => {
  test("logs in, with all factors proved", async () => {
    const ada = await passkeyMember();
    const browser = visitor();
    const page = await usePasskey(browser, ada.passkey);
    assert.deepEqual([page.status, page.location], [303, "/dashboard"], page.text);
    assert.match((await browser.get("/dashboard")).text, new RegExp(ada.username));
    assert.equal((await browser.get("/account/factors/recovery-codes")).status, 200);
    assert.equal(browser.cookies.has("remember"), false);
  });

  test("gives a new session id", async () => {
    const ada = await passkeyMember();
    const browser = visitor();
    browser.cookies.set("sid", "s%3Afixed.signature");
    await usePasskey(browser, ada.passkey);
    assert.notEqual(browser.cookies.get("sid"), "s%3Afixed.signature");
    assert.ok(await isLoggedIn(browser));
  });

  test("keeps the user logged in if asked to", async () => {
    const ada = await passkeyMember();
    const browser = visitor();
    await usePasskey(browser, ada.passkey, { fields: { remember: "on" } });
    assert.ok(browser.cookies.has("remember"));
  });

  test("returns to the page that was wanted", async () => {
    const ada = await passkeyMember();
    const browser = visitor();
    const page = await usePasskey(browser, ada.passkey, { fields: { _return_to: "/account/profile" } });
    assert.equal(page.location, "/account/profile");
  });

  test("any of several passkeys logs in", async () => {
    const ada = await passkeyMember();
    const second = await addPasskey(ada, { name: "Key", isSynced: true });
    for (const [passkey, unusual] of [
      [ada.passkey, {}],
      [second, { isSynced: true }],
    ] as const) {
      const browser = visitor();
      assert.equal((await usePasskey(browser, passkey, unusual)).location, "/dashboard");
      assert.ok(await isLoggedIn(browser));
    }
  });

  const unusual: Record<string, Unusual> = {
    "without a PIN or a fingerprint": { isVerified: false },
    "from another origin": { origin: "https://evil.example" },
    "for another site": { rpId: "evil.example" },
    "in a frame of another site": { crossOrigin: true },
    "in a frame": { topOrigin: "https://evil.example" },
    "that was created, not used": { type: "webauthn.create" },
    "with a challenge of our own making": { challenge: Buffer.alloc(32, 1).toString("base64url") },
    "without a user handle": { userHandle: null },
    "with another user handle": { userHandle: Buffer.alloc(12, 1).toString("base64url") },
    "that became a synced one": { isSynced: true },
  };
  for (const [what, how] of Object.entries(unusual)) {
    test(`is refused ${what}`, async () => {
      const ada = await passkeyMember();
      const browser = visitor();
      const page = await usePasskey(browser, ada.passkey, how);
      assert.equal(page.status, 401, page.text);
      assert.match(page.text, /This passkey can&#39;t be used here/);
      assert.equal(await isLoggedIn(browser), false);
      assert.equal((await usePasskey(browser, ada.passkey)).location, "/dashboard");
    });
  }

  test("is refused with the user handle of another account", async () => {
    const [ada, eve] = [await passkeyMember(), await passkeyMember()];
    const userHandle = Buffer.from(ada.id, "hex").toString("base64url");
    assert.equal((await usePasskey(visitor(), eve.passkey, { userHandle })).status, 401);
  });

  test("is refused for a disabled account, with the same page", async () => {
    const ada = await passkeyMember();
    await User.updateOne({ _id: ada.id }, { disabledAt: new Date() });
    const page = await usePasskey(visitor(), ada.passkey);
    assert.equal(page.status, 401);
    assert.match(page.text, /This passkey can&#39;t be used here/);
    assert.equal(await AuditEvent.countDocuments({ user: ada.id, event: "passkey.refused" }), 1);
  });

  test("that nobody has is refused and recorded, and so is anything else", async () => {
    const stranger = authenticator();
    const browser = visitor();
    const page = await usePasskey(browser, stranger);
    assert.equal(page.status, 401);
    assert.ok(await AuditEvent.exists({ user: null, event: "passkey.refused" }));
    assert.match(page.text, new RegExp(`data-passkey-signal="[^"]*unknown[^"]*${stranger.id}`));
    const { passkey } = await passkeyMember();
    assert.doesNotMatch((await usePasskey(browser, passkey, { isVerified: false })).text, /data-passkey-signal/);
    for (const credential of [
      "",
      "{",
      "null",
      "[]",
      '"x"',
      '{"id":{"$gt":""}}',
      JSON.stringify({ response: { clientDataJSON: "e30" } }),
    ]) {
      const page = await browser.submit("/login", { credential }, "/passkeys/login");
      assert.equal(page.status, 401, credential);
    }
  });

  test("a counter that goes back is refused and shown to the owner", async () => {
    const ada = await passkeyMember();
    await usePasskey(visitor(), ada.passkey, { counter: 7 });
    for (const counter of [7, 6, 0]) assert.equal((await usePasskey(visitor(), ada.passkey, { counter })).status, 401);
    assert.equal(await AuditEvent.countDocuments({ user: ada.id, event: "passkey.cloned" }), 3);
    assert.match((await ada.get("/account/activity")).text, /may have been copied/);
    assert.equal((await usePasskey(visitor(), ada.passkey, { counter: 8 })).location, "/dashboard");
  });

  test("a passkey that does not count works every time", async () => {
    const ada = await member();
    const passkey = await addPasskey(ada, { counter: 0 });
    for (let n = 0; n < 2; n++)
      assert.equal((await usePasskey(visitor(), passkey, { counter: 0 })).location, "/dashboard");
  });
});

describe("a challenge", () => {
  const send = (browser: Visitor, credential: string) => browser.submit("/login", { credential }, "/passkeys/login");

  test("works once", async () => {
    const ada = await passkeyMember();
    const browser = visitor();
    const options = await readOptions(browser, "login");
    const first = ada.passkey.use(options);
    assert.equal((await send(browser, first)).location, "/dashboard");
    await browser.submit("/dashboard", {}, "/logout");
    assert.equal((await send(browser, first)).status, 401);
    assert.equal((await send(browser, ada.passkey.use(options))).status, 401);
  });

  test("of 20 requests with one challenge, one logs in", async () => {
    const ada = await passkeyMember();
    const browser = visitor();
    const options = await readOptions(browser, "login");
    const _csrf = /name="_csrf" value="([^"]+)"/.exec((await browser.get("/login")).text)?.[1] ?? "";
    const cookie = [...browser.cookies].map((pair) => pair.join("=")).join("; ");
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        visitor().send("/passkeys/login", { _csrf, credential: ada.passkey.use(options) }, { cookie }),
      ),
    );
    assert.equal(answers.filter(({ location }) => location === "/dashboard").length, 1);
    assert.equal(answers.filter(({ status }) => status === 401).length, 19);
  });

  test("of 20 requests with one challenge, one completes a second step", async () => {
    const ada = await passkeyMember();
    const browser = await enterPassword(ada);
    const options = await readOptions(browser, "factor");
    const sent = Array.from({ length: 20 }, () =>
      browser.submit(STEP, { credential: ada.passkey.use(options) }, "/passkeys/login"),
    );
    const answers = await Promise.all(sent);
    assert.equal(answers.filter(({ location }) => location === "/dashboard").length, 1);
    assert.ok(await isLoggedIn(browser));
  });

  test("ends after five minutes", async () => {
    const ada = await passkeyMember();
    const browser = visitor();
    const credential = ada.passkey.use(await readOptions(browser, "login"));
    await PasskeyChallenge.updateMany({}, { expiresAt: new Date() });
    assert.equal((await send(browser, credential)).status, 401);
  });

  test("belongs to one browser", async () => {
    const ada = await passkeyMember();
    const credential = ada.passkey.use(await readOptions(visitor(), "login"));
    const other = visitor();
    await readOptions(other, "login");
    assert.equal((await send(other, credential)).status, 401);
  });

  test("belongs to one purpose", async () => {
    const ada = await passkeyMember();
    const options = JSON.parse((await askOptions(ada, "login", "/account/profile")).text);
    const credential = ada.passkey.use(options);
    const { text } = await ada.get("/reauthenticate");
    assert.match(text, /data-passkey="reauthenticate"/);
    assert.equal((await ada.submit("/reauthenticate", { credential }, "/passkeys/login")).status, 401);
    const registering = authenticator().create(await readOptions(ada, "reauthenticate"));
    assert.equal((await ada.submit("/account/passkeys", { name: "", credential: registering })).status, 422);
  });

  test("tells nothing about accounts", async () => {
    const ada = await passkeyMember();
    const own = await readOptions(visitor(), "login");
    const known = visitor();
    await usePasskey(known, ada.passkey);
    await known.submit("/dashboard", {}, "/logout");
    const { challenge, ...options } = await readOptions(known, "login");
    assert.deepEqual({ ...options, challenge: own.challenge }, own);
    assert.deepEqual([own.allowCredentials, own.userVerification], [[], "required"]);
    assert.notEqual(challenge, own.challenge);
  });

  test("is not given to strangers for an account", async () => {
    for (const purpose of ["register", "factor", "reauthenticate"])
      assert.equal((await askOptions(visitor(), purpose, "/login")).status, 401, purpose);
    assert.equal((await askOptions(visitor(), "other", "/login")).status, 400);
    assert.equal((await visitor().send("/passkeys/options", { purpose: "login" })).status, 403);
  });
});

describe("a passkey as the second factor", () => {
  test("completes the login, also without a PIN", async () => {
    const ada = await passkeyMember();
    for (const isVerified of [true, false]) {
      const browser = await enterPassword(ada);
      assert.match((await browser.get(STEP)).text, /data-passkey="factor"/);
      const page = await usePasskey(browser, ada.passkey, { purpose: "factor", isVerified });
      assert.deepEqual([page.status, page.location], [303, "/dashboard"], page.text);
      assert.ok(await isLoggedIn(browser));
    }
  });

  test("the options name the passkeys of this account only", async () => {
    const ada = await passkeyMember();
    const second = await addPasskey(ada);
    const browser = await enterPassword(ada);
    const { allowCredentials, userVerification } = await readOptions(browser, "factor");
    const ids = (allowCredentials as { id: string }[]).map(({ id }) => id);
    assert.deepEqual([ids, userVerification], [[ada.passkey.id, second.id], "preferred"]);
  });

  test("of another account is refused", async () => {
    const [ada, eve] = [await passkeyMember(), await passkeyMember()];
    const browser = await enterPassword(ada);
    const page = await usePasskey(browser, eve.passkey, { purpose: "factor" });
    assert.equal(page.status, 401);
    assert.match(page.text, /Second step/);
    assert.equal(await isLoggedIn(browser), false);
  });

  test("does not complete the step of another account", async () => {
    const [ada, eve] = [await passkeyMember(), await passkeyMember()];
    const browser = await enterPassword(eve);
    const credential = eve.passkey.use(await readOptions(browser, "factor"));
    await enterPassword(ada, browser);
    assert.equal((await browser.submit(STEP, { credential }, "/passkeys/login")).status, 401);
    assert.equal(await isLoggedIn(browser), false);
  });

  test("works beside an authenticator app", async () => {
    const ada = await protectedMember();
    const passkey = await addPasskey(ada);
    const browser = await enterPassword(ada);
    assert.match((await browser.get(STEP)).text, /one-time-code/);
    assert.equal((await usePasskey(browser, passkey, { purpose: "factor" })).location, "/dashboard");
    const other = await enterPassword(ada);
    assert.equal((await other.submit(STEP, { code: await ada.code() })).location, "/dashboard");
    assert.equal((await (await enterPassword(ada)).submit(STEP, { code: codeFor(ada.key, 9) })).status, 401);
  });

  test("a used challenge completes no second step", async () => {
    const ada = await passkeyMember();
    const browser = await enterPassword(ada);
    const credential = ada.passkey.use(await readOptions(browser, "factor"));
    assert.equal((await browser.submit(STEP, { credential }, "/passkeys/login")).location, "/dashboard");
    await browser.submit("/dashboard", {}, "/logout");
    await enterPassword(ada, browser);
    assert.equal((await browser.submit(STEP, { credential }, "/passkeys/login")).status, 401);
  });
});

describe("to reauthenticate, a passkey", () => {
  const makeOld = async (ada: { id: string; passkey: ReturnType<typeof authenticator> }) => {
    const browser = visitor();
    await usePasskey(browser, ada.passkey);
    await Session.collection.updateMany({}, { $set: { "session.authenticatedAt": 0, "session.factorAt": 0 } });
    return browser;
  };

  test("is enough, without the password", async () => {
    const ada = await passkeyMember();
    const browser = await makeOld(ada);
    assert.match((await browser.get("/account/factors/recovery-codes")).location ?? "", /^\/reauthenticate/);
    const page = await usePasskey(browser, ada.passkey, { purpose: "reauthenticate" });
    assert.equal(page.status, 303, page.text);
    assert.equal((await browser.get("/account/factors/recovery-codes")).status, 200);
  });

  test("must verify its user, and be the user's own", async () => {
    const [ada, eve] = [await passkeyMember(), await passkeyMember()];
    const browser = await makeOld(ada);
    const purpose = "reauthenticate";
    assert.equal((await usePasskey(browser, ada.passkey, { purpose, isVerified: false })).status, 401);
    assert.equal((await usePasskey(browser, eve.passkey, { purpose })).status, 401);
    assert.match((await browser.get("/account/factors/recovery-codes")).location ?? "", /^\/reauthenticate/);
  });

  test("the password alone is not", async () => {
    const ada = await passkeyMember();
    const browser = await makeOld(ada);
    assert.equal((await browser.submit("/reauthenticate", { password: ada.password })).status, 422);
  });
});
