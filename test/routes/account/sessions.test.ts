import "../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Types } from "mongoose";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Device } from "../../../src/models/device.js";
import { MailedLink } from "../../../src/models/mailed-link.js";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import { type ProtectedMember, protectedMember } from "../../support/users/factors.js";
import { type Member, member } from "../../support/users.js";
import { readToken, type Visitor, visitor } from "../../support/visitor.js";

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0";
const isIn = async (browser: Visitor) => (await browser.get("/dashboard")).status === 200;
const account = ({ username }: Member) => User.findOne({ username }).orFail();
const listSessions = async (person: Member) =>
  Session.collection
    .find({ "session.passport.user": (await account(person))._id, endedAt: { $exists: false } })
    .toArray();

/** Logs a user in with another browser. */
async function another({ username: login, password }: Member, { agent = FIREFOX, remember = false } = {}) {
  const browser = visitor();
  const _csrf = readToken((await browser.get("/login")).text);
  const fields = { _csrf, login, password, ...(remember && { remember: "on" }) };
  assert.equal((await browser.send("/login", fields, { "user-agent": agent })).status, 303);
  return browser;
}

/** Reads the devices on a user's page: the text of each, and the handle in its forms. */
async function listed(browser: Visitor) {
  const { text, status } = await browser.get("/account/sessions");
  assert.equal(status, 200, text);
  return [...text.matchAll(/<li class="device[\s\S]*?<\/li>/g)].map(([item]) => ({
    text: item.replace(/<[^>]*>/g, " ").replace(/\s+/g, " "),
    handle: /sessions\/([0-9a-f]{24})\/end"/.exec(item)?.[1] ?? "",
  }));
}
const press = async (browser: Visitor, address: string, fields = {}) =>
  browser.submit("/account/sessions", fields, `/account/sessions/${address}`);

test("the page lists each device with browser, IP address and times, this one first", async () => {
  const ada = await member();
  await another(ada, { remember: true });
  const [here, there, ...more] = await listed(ada);
  assert.equal(more.length, 0);
  assert.match(here?.text ?? "", /This device .*127\.0\.0\.1 Logged in \d+ \w+ 20\d\d at/);
  assert.match(there?.text ?? "", /^ Firefox on Windows .*127\.0\.0\.1 Logged in .* Last active .* Kept logged in/);
  assert.doesNotMatch(there?.text ?? "", /This device/);
  const { text } = await ada.get("/account/sessions");
  assert.match(text, /href="\/account\/sessions" aria-current="page"/);
  for (const { _id } of await listSessions(ada))
    assert.ok(!text.includes(String(_id)), "the page shows no session ids");
});

test("all sessions of a browser are one entry, and a remembered browser without a session is listed too", async () => {
  const ada = await member();
  const phone = await another(ada, { remember: true });
  phone.cookies.delete("sid");
  const tabs = Array.from({ length: 3 }, () => {
    const tab = visitor();
    for (const [name, value] of phone.cookies) tab.cookies.set(name, value);
    return tab;
  });
  for (const tab of tabs) assert.ok(await isIn(tab));
  assert.equal((await listSessions(ada)).length, 2, "the tabs share one new session");
  assert.equal((await listed(ada)).length, 2);
  await Session.collection.deleteMany({ "session.agent": FIREFOX });
  assert.equal((await listed(ada)).length, 2);
});

test("ending a device logs out only that device and removes it from the list", async () => {
  const ada = await member();
  const phone = await another(ada, { remember: true });
  const tablet = await another(ada);
  const rows = await listed(ada);
  const [, tabletRow, phoneRow] = rows;
  assert.equal((await press(ada, `${phoneRow?.handle}/end`)).location, "/account/sessions");
  assert.ok(!(await isIn(phone)));
  assert.ok((await isIn(tablet)) && (await isIn(ada)));
  assert.equal((await listed(ada)).length, 2);
  const [event] = (await AuditEvent.listForUser((await account(ada)).id)).events;
  assert.equal(event?.event, "session.ended-elsewhere");
  assert.match(JSON.stringify([...Object.values(event?.details ?? {})]), /Firefox on Windows/);
  assert.equal((await press(ada, `${phoneRow?.handle}/end`)).status, 404, "twice");
  assert.notEqual(tabletRow?.handle, phoneRow?.handle);
});

test("ending the current device logs the user out", async () => {
  const ada = await member();
  const [here] = await listed(ada);
  const answer = await press(ada, `${here?.handle}/end`);
  assert.equal(answer.location, "/");
  assert.match(answer.headers.get("clear-site-data") ?? "", /cache/);
  assert.ok(!(await isIn(ada)));
});

test("another user's device gives 404", async () => {
  const [ada, eve] = [await member(), await member()];
  const [row] = await listed(ada);
  for (const handle of [row?.handle, String(new Types.ObjectId()), "x", "0", `${row?.handle}0`, "%00"]) {
    for (const [address, fields] of [
      [`${handle}/end`, {}],
      [`${handle}/name`, { name: "Mine" }],
    ] as const) {
      const answer = await press(eve, address, fields);
      assert.ok([400, 404].includes(answer.status), `${address}: ${answer.status}`);
    }
  }
  assert.equal((await eve.get(`/account/sessions/${row?.handle}/name`)).status, 404);
  assert.ok(await isIn(ada));
  assert.equal((await Device.findById(row?.handle))?.name, "");
});

describe("ending all other devices", () => {
  test("logging out all other devices ends their sessions and keeps only this one", async () => {
    const ada = await member();
    const others = [await another(ada), await another(ada, { remember: true })];
    const copy = visitor();
    for (const [name, value] of ada.cookies) if (name !== "sid") copy.cookies.set(name, value);
    await copy.submit("/login", { login: ada.username, password: ada.password });
    assert.ok(await isIn(copy));
    const user = await account(ada);
    assert.equal((await press(ada, "end-others")).location, "/account/sessions");
    for (const other of [...others, copy]) assert.ok(!(await isIn(other)));
    assert.ok(await isIn(ada));
    assert.equal((await listed(ada)).length, 1);
    assert.equal(await Device.countDocuments({ user: user._id }), 1);
    assert.equal((await AuditEvent.listForUser(user.id)).events[0]?.event, "session.ended-others");
  });

  test("logging out all other devices keeps mailed links valid and other users logged in", async () => {
    const [ada, bob] = [await member(), await member()];
    const user = await account(ada);
    await MailedLink.issue({ purpose: "password-reset", user, email: user.email });
    await press(ada, "end-others");
    assert.equal(await MailedLink.countDocuments({ user: user._id, purpose: "password-reset" }), 1);
    assert.equal((await account(ada)).sessionEpoch, user.sessionEpoch);
    assert.ok(await isIn(bob));
  });

  test("logging out all other devices works even while 20 requests of one are in progress", async () => {
    const ada = await member();
    const phone = await another(ada, { remember: true });
    const { text } = await ada.get("/account/sessions");
    const flood = Array.from({ length: 20 }, (_, n) => {
      const tab = visitor();
      for (const [name, value] of phone.cookies) if (n % 2 || name !== "sid") tab.cookies.set(name, value);
      return { tab, page: tab.get("/dashboard") };
    });
    const answer = await ada.send("/account/sessions/end-others", { _csrf: readToken(text) });
    assert.equal(answer.status, 303);
    await Promise.all(flood.map(({ page }) => page));
    for (const { tab } of flood) assert.ok(!(await isIn(tab)));
    assert.equal((await listSessions(ada)).length, 1);
  });

  test("logging out all other devices gives 403 without the CSRF token and 405 with GET", async () => {
    const ada = await member();
    const phone = await another(ada);
    assert.equal((await ada.send("/account/sessions/end-others", {})).status, 403);
    assert.equal((await ada.get("/account/sessions/end-others")).status, 405);
    assert.ok(await isIn(phone));
  });
});

describe("the name of a device", () => {
  test("the name of a device replaces the browser in the list, and the user can remove it", async () => {
    const ada = await member();
    const [row] = await listed(ada);
    const page = `/account/sessions/${row?.handle}/name`;
    assert.equal((await ada.submit(page, { name: "  <b>Laptop</b> & co " })).location, "/account/sessions");
    const { text } = await ada.get("/account/sessions");
    assert.match(text, /<h2 class="device-name" dir="auto">&lt;b&gt;Laptop&lt;\/b&gt; &amp; co<\/h2>/);
    assert.match((await ada.get(page)).text, /value="&lt;b&gt;Laptop/);
    assert.equal((await ada.submit(page, { name: "" })).status, 303);
    assert.doesNotMatch((await ada.get("/account/sessions")).text, /Laptop/);
  });

  test("a device name that is too long or contains a line break or control character gives an error", async () => {
    const ada = await member();
    const [row] = await listed(ada);
    const page = `/account/sessions/${row?.handle}/name`;
    assert.equal((await ada.submit(page, { name: "💡".repeat(60) })).status, 303);
    for (const name of ["x".repeat(61), "a\nb", "a\u0007b", "a\u001bb"]) {
      const answer = await ada.submit(page, { name });
      assert.equal(answer.status, 422, JSON.stringify(name));
    }
    assert.equal((await ada.submit(page, { name: "x", user: "y" })).status, 422);
    assert.equal((await ada.submit(page, {})).status, 422);
  });
});

test("sessions without a device record, from older versions, are listed and end together with the others", async () => {
  const ada = await member();
  const old = await another(ada);
  const [first] = await listSessions(ada);
  const user = (await account(ada))._id;
  await Session.collection.updateMany({ "session.agent": FIREFOX }, { $unset: { "session.device": "" } });
  await Device.deleteMany({ user, agent: FIREFOX });
  const rows = await listed(ada);
  assert.deepEqual(
    rows.map(({ handle }) => handle !== ""),
    [true, false],
  );
  assert.equal((await listed(old)).length, 2);
  assert.equal((await press(old, "end-others")).status, 303);
  assert.ok(!(await isIn(ada)) && (await isIn(old)));
  assert.ok(first);
  assert.equal((await old.submit("/dashboard", {}, "/logout")).status, 303);
});

test("a user can end the session of a device without a record", async () => {
  const ada = await member();
  const phone = await another(ada);
  await Device.deleteMany({ user: (await account(ada))._id });
  const rows = await listed(ada);
  assert.match(rows[1]?.text ?? "", /Firefox on Windows/);
  assert.equal((await press(ada, `${rows[1]?.handle}/end`)).status, 303);
  assert.ok(!(await isIn(phone)));
});

test("sessions that ended with a new password are not listed", async () => {
  const ada = await member();
  await another(ada);
  await (await account(ada)).setPassword("another-Sturdy-gate");
  const back = await another({ ...ada, password: "another-Sturdy-gate" });
  assert.equal((await listed(back)).length, 1);
});

describe("a trusted browser", () => {
  const STEP = "/login/second-factor";
  const enterPassword = async (ada: ProtectedMember, browser: Visitor) =>
    (await browser.submit("/login", { login: ada.username, password: ada.password })).location;
  async function trustedBy(ada: ProtectedMember) {
    const browser = visitor();
    await enterPassword(ada, browser);
    assert.equal((await browser.submit(STEP, { code: await ada.code(), trust: "on" })).status, 303);
    return browser;
  }
  const asks = /Doesn't ask for a second factor until/;
  const findTrusted = async (ada: ProtectedMember) => {
    const { text } = await ada.get("/account/sessions");
    return [...text.matchAll(/sessions\/([0-9a-f]{24})\/distrust"/g)].map(([, handle]) => handle ?? "");
  };

  test("stays listed after its logout, which keeps the trust", async () => {
    const ada = await protectedMember();
    const browser = await trustedBy(ada);
    const own = (await listed(browser)).find(({ text }) => /This device/.test(text));
    assert.match(own?.text ?? "", asks);
    await press(browser, `${own?.handle}/end`);
    assert.ok(!(await isIn(browser)));
    const page = await ada.get("/account/sessions");
    assert.match(page.text, asks);
    const only = (await listed(ada)).find(({ text }) => asks.test(text.replaceAll("&#39;", "'")));
    assert.equal(only?.handle, "", "a device without a login cannot be logged out");
    assert.equal(await enterPassword(ada, browser), "/dashboard");
  });

  test("asks again after the button, or after it was logged out from another device", async () => {
    const ada = await protectedMember();
    const [one, two] = [await trustedBy(ada), await trustedBy(ada)];
    await one.submit("/dashboard", {}, "/logout");
    const [first = "", second = ""] = await findTrusted(ada);
    const loggedOut = (await listed(ada)).map(({ handle }) => handle);
    const [ended, only] = loggedOut.includes(first) ? [first, second] : [second, first];
    const page = await press(ada, `${only}/distrust`);
    assert.deepEqual([page.status, page.location], [303, "/account/sessions"]);
    assert.deepEqual(await findTrusted(ada), [ended]);
    await press(ada, `${ended}/end`);
    assert.deepEqual(await findTrusted(ada), []);
    for (const browser of [one, two]) {
      browser.cookies.delete("sid");
      assert.equal(await enterPassword(ada, browser), STEP);
    }
  });

  test("belongs to its user: others cannot change it, and a new password ends it", async () => {
    const [ada, eve] = [await protectedMember(), await member()];
    await trustedBy(ada);
    const [handle] = await findTrusted(ada);
    assert.equal((await press(eve, `${handle}/distrust`)).status, 404);
    assert.equal((await findTrusted(ada)).length, 1);
    await ada.submit("/account/password", { currentPassword: ada.password, password: "another fine password" });
    assert.equal((await findTrusted(ada)).length, 0);
  });
});
