import "../../../support/settings/limits.js";
import "../../../support/environment.js";
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import mongoose from "mongoose";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { LoginThrottle } from "../../../../src/models/login-throttle.js";
import { MailedLink } from "../../../../src/models/mailed-link.js";
import { User } from "../../../../src/models/user.js";
import { mailLockouts } from "../../../../src/services/session/lockout-mail.js";
import { linkIn, mailAbout, mailsTo } from "../../../support/mailbox.js";
import { account } from "../../../support/users/accounts.js";
import { anotherNetwork, from } from "../../../support/users/networks.js";
import { fresh, resetLinkFor } from "../../../support/users/passwords.js";

const MINUTES = 60_000;

/** Returns a visitor in a new network. */
const somebody = () => from(anotherNetwork());

/** Logs a user in once, and returns the browser, which the account then knows. */
async function owner({ username, password }: { username: string; password: string }) {
  const browser = somebody();
  assert.equal((await browser.logIn(username, password)).status, 303);
  await browser.submit("/dashboard", {}, "/logout");
  return browser;
}

/** Sends this many wrong passwords, one after another. */
async function attack(login: string, tries: number, attacker: () => ReturnType<typeof somebody>) {
  for (let n = 0; n < tries; n += 1) assert.equal((await attacker().logIn(login)).status, 401);
}

test("after five wrong passwords from a network, the correct one fails there too, with the same page", async () => {
  const { username, password } = await account();
  const there = somebody();
  const wrong = await there.logIn(username);
  await attack(username, 4, () => there);
  const locked = await there.logIn(username, password);
  assert.equal(locked.status, 401);
  assert.ok(!there.cookies.has("sid"));
  assert.equal(locked.headers.get("retry-after"), null);
  const plain = ({ text }: { text: string }) => text.replace(/value="[^"]*"/g, "");
  assert.equal(plain(locked), plain(wrong));
  assert.equal((await somebody().logIn(username, password)).status, 303, "the password works in another network");
});

test("attempts for all names and spellings of an account count together, even for a disabled user", async () => {
  const { username, email, password } = await account();
  const there = somebody();
  const spellings = [username, username.toUpperCase(), email, ` ${email.toUpperCase()} `, username];
  for (const spelling of spellings) await there.logIn(spelling);
  for (const spelling of spellings) assert.equal((await there.logIn(spelling, password)).status, 401, spelling);
  const disabled = await account();
  await (await User.findOne({ username: disabled.username }).orFail()).disable();
  await attack(disabled.email, 6, somebody);
  assert.equal((await LoginThrottle.findOne({ user: disabled.id }).orFail()).places.length, 7);
});

test("of twenty login attempts at once, only five passwords are checked", async () => {
  const { id, username, password } = await account();
  const there = anotherNetwork();
  await Promise.all(Array.from({ length: 20 }, () => from(there).logIn(username)));
  const { places } = await LoginThrottle.findOne({ user: id }).orFail();
  assert.deepEqual(
    places.map(({ key, tries }) => [key, tries]),
    [
      [`network ${there}`, 5],
      ["everywhere", 5],
    ],
  );
  const right = await Promise.all(Array.from({ length: 5 }, () => from(there).logIn(username, password)));
  assert.ok(right.every(({ status }) => status === 401));
});

test("during an attack from many networks, the owner can log in with a known browser or after a reset", async () => {
  const { username, email, password } = await account();
  const home = await owner({ username, password });
  const network = anotherNetwork();
  await attack(username, 25, () => from(network));
  for (let n = 0; n < 10; n += 1) {
    await Promise.all(Array.from({ length: 20 }, () => somebody().logIn(username)));
    assert.equal((await home.logIn(username, password)).status, 303);
    await home.submit("/dashboard", {}, "/logout");
  }
  const newcomer = somebody();
  assert.equal((await newcomer.logIn(username, password)).status, 401, "an unknown browser is locked out");
  assert.equal((await newcomer.post(await resetLinkFor(email), { password: fresh })).status, 303);
  for (let n = 0; n < 3; n += 1) await Promise.all(Array.from({ length: 20 }, () => somebody().logIn(username)));
  assert.equal(
    (await newcomer.logIn(username, fresh)).status,
    303,
    "after a reset, the same browser can log in despite the attack",
  );
  assert.equal((await somebody().logIn(username, fresh)).status, 401);
});

test("a browser that the account knows has ten attempts of its own", async () => {
  const { username, password } = await account();
  const home = await owner({ username, password });
  await attack(username, 9, () => home);
  assert.equal((await home.logIn(username, password)).status, 303);
  await home.submit("/dashboard", {}, "/logout");
  await attack(username, 10, () => home);
  assert.equal((await home.logIn(username, password)).status, 401);
  assert.equal((await somebody().logIn(username, password)).status, 303, "another network is not locked out");
});

test("a lockout sends the owner one email with links and keeps an earlier reset link valid", async () => {
  const { id, username, email } = await account();
  const user = await User.findById(id).orFail();
  const asked = await MailedLink.revealForMail(await MailedLink.issue({ purpose: "password-reset", user, email }));
  const there = somebody();
  await attack(username, 7, () => there);
  await LoginThrottle.updateOne({ user: id }, { tellAt: new Date() });
  await mailLockouts();
  await mailLockouts();
  const mail = await mailAbout(email, /failed login attempts/);
  assert.ok(linkIn(mail, "/password-reset/"));
  assert.ok(linkIn(mail, "/not-me/"));
  assert.equal((await mailsTo(email)).filter(({ subject }) => /failed login attempts/.test(subject)).length, 1);
  assert.ok(
    await MailedLink.find(asked?.secret ?? "", "password-reset"),
    "a lockout does not make a reset link invalid",
  );
});

test("a lockout of an unconfirmed or disabled user sends no email", async () => {
  const unconfirmed = await account();
  await User.updateOne({ _id: unconfirmed.id }, { emailConfirmedAt: null });
  const disabled = await account();
  await User.updateOne({ _id: disabled.id }, { disabledAt: new Date() });
  for (const { id, username } of [unconfirmed, disabled]) {
    const there = somebody();
    await attack(username, 6, () => there);
    await LoginThrottle.updateOne({ user: id }, { tellAt: new Date() });
  }
  await mailLockouts();
  for (const user of [unconfirmed.id, disabled.id]) assert.equal(await MailedLink.countDocuments({ user }), 0);
  assert.equal((await LoginThrottle.listUntold()).length, 0);
});

test("each failed login is recorded with its user, if any, and so is the start of a lockout", async () => {
  const { id, username } = await account();
  const there = somebody();
  await attack(username, 6, () => there);
  const events = await AuditEvent.find({ user: id }).sort({ _id: 1 }).lean();
  const refused = Array.from({ length: 6 }, (_, n) => (n === 4 ? "session.locked" : "session.refused"));
  assert.deepEqual(
    events.map(({ event }) => event),
    refused,
  );
  const before = await AuditEvent.countDocuments({ user: null, event: "session.refused" });
  await attack("nobody-of-that-name", 3, () => there);
  assert.equal(await AuditEvent.countDocuments({ user: null, event: "session.refused" }), before + 3);
});

test("half a minute after a lockout began, one more password is checked", async (t) => {
  const { username, password } = await account();
  const there = somebody();
  await attack(username, 5, () => there);
  mock.timers.enable({ apis: ["Date"], now: Date.now() });
  t.after(() => mock.timers.reset());
  mock.timers.tick(0.4 * MINUTES);
  assert.equal((await there.logIn(username, password)).status, 401);
  mock.timers.tick(0.2 * MINUTES);
  assert.equal((await there.logIn(username, password)).status, 303);
});

test("the text typed as a login name is not stored, because it may be the password", async () => {
  await somebody().logIn("hunter2-is-my-password");
  for (const collection of ["limits", "loginattempts", "auditevents"]) {
    const kept = await mongoose.connection.collection(collection).find().toArray();
    assert.ok(kept.length > 0);
    assert.doesNotMatch(JSON.stringify(kept), /hunter2/i);
  }
});
