import "../../support/environment.js";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import type { Request } from "express";
import mongoose from "mongoose";
import { config } from "../../../src/config/index.js";
import { whenAllWritten } from "../../../src/lib/async/batch-writer.js";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import { findSession, SessionStore } from "../../../src/web/session/store.js";
import { type Member, member, post } from "../../support/users.js";
import { readToken, type Visitor, visitor } from "../../support/visitor.js";

const MINUTES = 60_000;

/** Returns true if a browser is logged in. Waits until its session is extended, because a test may change the clock then. */
async function isIn(browser: Visitor): Promise<boolean> {
  const { status } = await browser.get("/dashboard");
  await whenAllWritten();
  return status === 200;
}
const account = ({ username }: Member) => User.findOne({ username }).orFail();
/** Returns the id in the session cookie, without its signature. */
const getId = ({ cookies }: Visitor) =>
  decodeURIComponent(cookies.get("sid") ?? "")
    .slice(2)
    .split(".")[0] ?? "";
const storedAs = (id: string) => createHash("sha256").update(id).digest("hex");

async function loggedIn({ username, password }: Member) {
  const browser = visitor();
  assert.equal((await browser.submit("/login", { login: username, password })).status, 303);
  return browser;
}

describe("time limits", () => {
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
  afterEach(() => mock.timers.reset());
  const pass = (ms: number) => mock.timers.tick(ms);

  test("an idle user is logged out; an active one is not", async () => {
    const ada = await member();
    for (let n = 0; n < 3; n += 1) {
      pass(config.sessionIdleMs - 1 * MINUTES);
      assert.ok(await isIn(ada), `still logged in after ${n + 1} pauses`);
    }
    pass(config.sessionIdleMs);
    assert.ok(!(await isIn(ada)));
  });

  test("after the absolute limit, even the most active user is logged out", async () => {
    const ada = await member();
    const step = config.sessionIdleMs / 2;
    for (let passed = step; passed < config.sessionAbsoluteMs; passed += step) {
      pass(step);
      assert.ok(await isIn(ada), `${passed} ms`);
    }
    pass(step);
    assert.ok(!(await isIn(ada)));
  });

  test("a form from before the session expired is refused, and nothing is stored", async () => {
    const ada = await member();
    const _csrf = readToken((await ada.get("/posts/new")).text);
    pass(config.sessionIdleMs);
    const late = await ada.send("/posts", { _csrf, title: "Late", body: "x", visibility: "public" });
    assert.equal(late.status, 403);
    assert.doesNotMatch((await visitor().get("/posts")).text, /Late/);
  });
});

describe("other sessions end at once", () => {
  test("when their user is disabled; enabling restores none", async () => {
    const ada = await member();
    const phone = await loggedIn(ada);
    await (await account(ada)).disable();
    assert.ok(!(await isIn(ada)) && !(await isIn(phone)));
    await (await account(ada)).enable();
    assert.ok(!(await isIn(ada)) && !(await isIn(phone)));
    assert.ok(await isIn(await loggedIn(ada)));
  });

  test("when the password changes, and when the account is deleted", async () => {
    const [ada, bob] = [await member(), await member()];
    await (await account(ada)).setPassword("another-Sturdy-gate");
    assert.ok(!(await isIn(ada)));
    await User.deleteOne({ username: bob.username });
    assert.ok(!(await isIn(bob)));
  });

  test("a login gives no access if the user is disabled at the same moment", async () => {
    const ada = await member();
    const { username: login, password } = ada;
    const browser = visitor();
    const [answer] = await Promise.all([browser.submit("/login", { login, password }), (await account(ada)).disable()]);
    assert.ok([303, 401].includes(answer.status));
    assert.ok(!(await isIn(browser)));
  });
});

test("a renewed session replaces the one that the browser had", async () => {
  const ada = await member();
  const before = ada.cookies.get("sid") ?? "";
  assert.equal((await ada.submit("/reauthenticate", { password: ada.password })).status, 303);
  assert.notEqual(ada.cookies.get("sid"), before);
  assert.ok(await isIn(ada));
  assert.equal(await Session.count(ada.id), 1);
  ada.cookies.set("sid", before);
  assert.ok(!(await isIn(ada)));
});

test("a session that is replaced within the same request is ended, too", async () => {
  const store = new SessionStore(findSession);
  store.generate = (req) => Object.assign(req, { sessionID: "next", session: {} });
  for (const [session, ended] of [
    [{ passport: { user: "ada" } }, 1],
    [{}, 0],
  ] as const) {
    const end = mock.method(Session, "end", () => Promise.resolve());
    const req = { sessionID: "one", session } as unknown as Request;
    await new Promise((done) => store.regenerate(req, done));
    assert.equal(end.mock.callCount(), ended);
    assert.equal(req.sessionID, "next");
    end.mock.restore();
  }
});

test("a concurrent request does not restore an ended session", async () => {
  const ada = await member();
  const id = storedAs(getId(ada));
  const before = await Session.findLive(id, config.sessionAbsoluteMs);
  assert.ok(before);
  const stolen = visitor();
  stolen.cookies.set("sid", ada.cookies.get("sid") ?? "");
  const _csrf = readToken((await ada.get("/dashboard")).text);
  const flood = Array.from({ length: 20 }, () => stolen.get("/dashboard"));
  await Promise.all([...flood, ada.send("/logout", { _csrf })]);
  await Session.store(id, before.session, new Date(Date.now() + 60 * MINUTES));
  assert.equal(await Session.findLive(id, config.sessionAbsoluteMs), null);
  assert.ok(!(await isIn(stolen)));
  assert.equal((await Session.findById(id).lean())?.session, undefined, "the content of the session is deleted");
});

test("reading pages or a failed login creates no session", async () => {
  const url = await post(await member());
  const sessions = await Session.countDocuments();
  const browser = visitor();
  for (const path of ["/", "/posts", url, "/users/person1", "/nothing", "/healthz", "/robots.txt"]) {
    assert.deepEqual((await browser.get(path)).headers.getSetCookie(), [], path);
  }
  await browser.get("/login");
  assert.deepEqual([...browser.cookies.keys()], ["csrf"], "a form sets only the cookie of its token");
  await browser.submit("/login", { login: "nobody", password: "not-the-password" });
  await browser.submit("/register", { username: "", email: "", password: "" });
  assert.deepEqual([...browser.cookies.keys()], ["csrf"]);
  assert.equal(await Session.countDocuments(), sessions);
});

test("the database contains no usable session ids, cookies or passwords", async () => {
  const ada = await member();
  await ada.get("/dashboard");
  const everything: unknown[] = [];
  for (const collection of (await mongoose.connection.db?.collections()) ?? []) {
    everything.push(...(await collection.find().toArray()));
  }
  const dump = JSON.stringify(everything);
  assert.ok(dump.includes(storedAs(getId(ada))), "the session is stored");
  for (const secret of [getId(ada), ada.cookies.get("sid") ?? "", ada.password])
    assert.ok(!dump.includes(secret), secret);
});

test("unknown session ids are never accepted", async () => {
  const ada = await member();
  const other = await member();
  const own = ada.cookies.get("sid") ?? "";
  const [id, signature] = own.split(".");
  const swapped = `${other.cookies.get("sid")?.split(".")[0]}.${signature}`;
  for (const forged of [
    "",
    "x",
    `${id}.`,
    `${id}.x`,
    swapped,
    encodeURIComponent(getId(ada)),
    storedAs(getId(ada)),
    "j:{}",
    "s%3Aj%3A%7B%7D",
  ]) {
    const browser = visitor();
    browser.cookies.set("sid", forged);
    assert.equal((await browser.get("/dashboard")).location, "/login", forged);
    const { username: login, password } = ada;
    assert.equal((await browser.submit("/login", { login, password })).location, "/dashboard", forged);
    assert.notEqual(getId(browser), decodeURIComponent(forged).slice(2).split(".")[0], "the login creates a new id");
  }
});

test("two pages opened at once right after the login both have working forms", async () => {
  const browser = await loggedIn(await member());
  const pages = await Promise.all([
    browser.get("/dashboard"),
    browser.get("/posts/new"),
    browser.get("/account/profile"),
  ]);
  for (const page of pages) {
    const answer = await browser.send("/account/profile", { _csrf: readToken(page.text), bio: "Hello" });
    assert.equal(answer.status, 303);
  }
});
