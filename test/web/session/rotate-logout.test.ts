import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import { findSession, SessionStore, storageId } from "../../../src/web/session/store.js";
import { type Member, member } from "../../support/users.js";
import { readToken, type Visitor, visitor } from "../../support/visitor.js";

const editor = { role: "editor", domain: null } as const;
const account = ({ username }: Member) => User.findOne({ username }).orFail();
const idIn = ({ cookies }: Pick<Visitor, "cookies">) =>
  decodeURIComponent(cookies.get("sid") ?? "")
    .replace(/^s:/, "")
    .split(".")[0] ?? "";
const isIn = async (browser: Pick<Visitor, "get">) => (await browser.get("/dashboard")).status === 200;

/** Returns a copy of the browser, for requests of several tabs at once. */
function tab({ cookies }: Pick<Visitor, "cookies">): Visitor {
  const copy = visitor();
  for (const [name, value] of cookies) copy.cookies.set(name, value);
  return copy;
}

async function another({ username, password }: Member): Promise<Visitor> {
  const browser = visitor();
  assert.equal((await browser.submit("/login", { login: username, password })).status, 303);
  return browser;
}

const liveSessions = async (ada: Member) =>
  Session.collection.countDocuments({ "session.passport.user": (await account(ada))._id, endedAt: { $exists: false } });

const ROUNDS = 12;

/** Opens pages that rotate a session in several tabs, and at the same time ends it. @returns the tabs */
async function race(ada: Member, rotating: Visitor, end: () => Promise<unknown>): Promise<Visitor[]> {
  await (await account(ada)).grantRole(editor);
  const tabs = Array.from({ length: 4 }, () => tab(rotating));
  await Promise.all([...tabs.map((one) => one.get("/dashboard")), end()]);
  return tabs;
}

test("a logout during a rotation of the session id leaves no session", async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const ada = await member();
    const _csrf = readToken((await ada.get("/posts/new")).text);
    const leaving = tab(ada);
    const tabs = await race(ada, ada, async () => assert.equal((await leaving.send("/logout", { _csrf })).status, 303));
    for (const one of tabs) assert.ok(!(await isIn(one)), `round ${round}`);
    assert.equal(await liveSessions(ada), 0);
  }
});

test("ending all other sessions while one of them is rotated leaves only the current one", async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const ada = await member();
    const other = await another(ada);
    const _csrf = readToken((await ada.get("/posts/new")).text);
    const here = tab(ada);
    const end = async () => assert.equal((await here.send("/account/sessions/end-others", { _csrf })).status, 303);
    const tabs = await race(ada, other, end);
    for (const one of tabs) assert.ok(!(await isIn(one)), `round ${round}`);
    assert.ok(await isIn(here));
  }
});

test("ending all other sessions while the current one is rotated keeps the current one", async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const ada = await member();
    const _csrf = readToken((await ada.get("/posts/new")).text);
    const here = tab(ada);
    const tabs = await race(ada, ada, () => here.send("/account/sessions/end-others", { _csrf }));
    const renewed = tabs.find((one) => one.cookies.get("sid") !== ada.cookies.get("sid"));
    if (renewed) assert.ok(await isIn(renewed), `round ${round}`);
  }
});

/** Ways to end a session, each tested at every step of its rotation. */
const endings: Record<string, (ada: { user: string; device: string; before: string }) => Promise<unknown>> = {
  "end by id": ({ before }) => Session.end(before),
  "end all": ({ user }) => Session.endAll(user),
  "end on the device": ({ user, device }) => Session.endOnDevice(user, device),
  "end the others": ({ user }) => Session.endOthers(user, "another"),
};
for (const [name, end] of Object.entries(endings)) {
  for (const when of ["before it is stored", "before it succeeds", "when it has succeeded"] as const) {
    test(`a successor ends with its predecessor: ${name}, ${when}`, async () => {
      const ada = await member();
      const before = storageId(idIn(ada));
      const { session, expires } = (await Session.findById(before).orFail()).toObject();
      const next = { ...session, succeeds: before };
      const about = { user: (await account(ada)).id, device: session.device, before };
      if (when === "before it is stored") await end(about);
      await Session.store(storageId("next"), next, expires as Date);
      if (when === "before it succeeds") await end(about);
      const isIt = await Session.supersede(before, storageId("next"));
      assert.equal(isIt, when === "when it has succeeded");
      if (!isIt) await Session.end(storageId("next"));
      if (when === "when it has succeeded") await end(about);
      assert.equal(await findSession("next"), null);
      assert.equal(await findSession(idIn(ada)), null);
      await Session.collection.deleteOne({ _id: storageId("next") as never });
    });
  }
}

test("a concurrent request neither extends an ended session nor fails because of it", async () => {
  const ada = await member();
  const id = storageId(idIn(ada));
  const store = new SessionStore(findSession);
  const touch = () =>
    new Promise<unknown>((done) => store.touch(idIn(ada), { cookie: {}, lastModified: new Date(0) } as never, done));
  await Session.end(id);
  const { expires } = await Session.findById(id).orFail();
  assert.equal(await touch(), null);
  assert.deepEqual((await Session.findById(id).orFail()).expires, expires);
  await Session.deleteOne({ _id: id });
  assert.equal(await touch(), null);
  assert.equal(await Session.findById(id), null);
});

test("one remember-me cookie gives one session, however many requests use it", async () => {
  const ada = await member();
  const phone = visitor();
  const { username: login, password } = ada;
  assert.equal((await phone.submit("/login", { login, password, remember: "on" })).status, 303);
  phone.cookies.delete("sid");
  const before = await liveSessions(ada);
  const tabs = Array.from({ length: 20 }, () => tab(phone));
  await Promise.all(tabs.slice(0, 10).map(async (one) => assert.ok(await isIn(one))));
  for (const one of tabs.slice(10)) assert.ok(await isIn(one));
  assert.equal(new Set(tabs.map(idIn)).size, 1);
  assert.equal(await liveSessions(ada), before, "the session that the browser no longer has was ended");
  for (const one of tabs) assert.equal((await one.submit("/account/profile", { bio: "Back" })).status, 303);
});

test("a remembered browser that loses its session cookie again and again has only one session", async () => {
  const ada = await member();
  const phone = visitor();
  const { username: login, password } = ada;
  assert.equal((await phone.submit("/login", { login, password, remember: "on" })).status, 303);
  const before = await liveSessions(ada);
  for (let n = 0; n < 5; n += 1) {
    phone.cookies.delete("sid");
    assert.ok(await isIn(phone));
  }
  assert.equal(await liveSessions(ada), before);
});

test("a second request with the same remember-me cookie succeeds even if the new session was already rotated", async () => {
  const ada = await member();
  const phone = visitor();
  const { username: login, password } = ada;
  assert.equal((await phone.submit("/login", { login, password, remember: "on" })).status, 303);
  phone.cookies.delete("sid");
  const [one, late] = [tab(phone), tab(phone)];
  assert.ok(await isIn(one));
  await (await account(ada)).grantRole(editor);
  assert.ok(await isIn(one));
  await Session.collection.updateMany({ succeededBy: { $exists: true } }, { $set: { endedAt: new Date() } });
  assert.ok(await isIn(late));
  assert.equal(late.cookies.get("remember"), one.cookies.get("remember"));
});

test("ending all other sessions records no event if there are none", async () => {
  const ada = await member();
  const { id } = await account(ada);
  const count = () => AuditEvent.countDocuments({ user: id, event: "session.ended-others" });
  await another(ada);
  assert.equal((await ada.submit("/account/sessions", {}, "/account/sessions/end-others")).status, 303);
  const before = await count();
  for (let n = 0; n < 3; n += 1)
    assert.equal((await ada.submit("/account/sessions", {}, "/account/sessions/end-others")).status, 303);
  assert.equal(await count(), before);
  assert.equal(before, 1);
});
