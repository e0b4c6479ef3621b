import assert from "node:assert/strict";
import { test } from "node:test";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { Device } from "../../../../src/models/device.js";
import { MailedLink } from "../../../../src/models/mailed-link.js";
import { User } from "../../../../src/models/user.js";
import { linkIn, mailAbout, mailsTo, newestMail } from "../../../support/mailbox.js";
import { findAccount, fresh, logIn, resetLinkFor, sendRaw } from "../../../support/users/passwords.js";
import { member, newPerson, signedUp } from "../../../support/users.js";
import { readToken, visitor } from "../../../support/visitor.js";

test("a user resets a forgotten password by email, gets a notification, and logs in with the new one", async () => {
  const ada = await member();
  const browser = visitor();
  const link = await resetLinkFor(ada.email, browser);
  const page = await browser.get(link);
  assert.equal(page.status, 200);
  assert.ok(page.text.includes(ada.username));
  assert.match(page.text, /<input type="text" value="person\d+" autocomplete="username" readonly hidden>/);
  assert.match(page.text, /autocomplete="new-password"/);
  const done = await browser.submit(link, { password: fresh });
  assert.equal(done.location, "/login");
  assert.match((await browser.get("/login")).text, /Your password has been reset/);
  assert.equal((await browser.get("/dashboard")).location, "/login", "the reset does not log the user in");
  assert.equal((await logIn(ada, fresh)).status, 303);
  assert.equal((await logIn(ada, ada.password)).status, 401, "the old password is invalid");
  const told = await mailAbout(ada.email, /password was changed/i);
  assert.ok(linkIn(told, "/not-me/"));
  const user = await findAccount(ada);
  const events = await AuditEvent.find({ user: user._id }).lean();
  for (const event of ["password.reset-asked", "password.reset"])
    assert.equal(events.filter((one) => one.event === event).length, 1, event);
});

test("a reset ends all sessions, including that of the browser that makes it", async () => {
  const ada = await member();
  const elsewhere = visitor();
  await elsewhere.submit("/login", { login: ada.username, password: ada.password });
  const link = await resetLinkFor(ada.email);
  assert.equal((await ada.submit(link, { password: fresh })).location, "/login");
  for (const browser of [ada, elsewhere]) assert.equal((await browser.get("/dashboard")).location, "/login");
  assert.equal(ada.cookies.has("sid"), false);
});

test("known, unknown, disabled and unconfirmed emails get the same page and one email each", async () => {
  const known = await member();
  const disabled = await member();
  await (await findAccount(disabled)).disable();
  const unconfirmed = await signedUp();
  const unknown = newPerson();
  const subjects: string[] = [];
  const answers: string[] = [];
  for (const { email } of [known, disabled, unconfirmed, unknown]) {
    const before = (await mailsTo(email)).length;
    const browser = visitor();
    const answer = await browser.submit("/password-reset", { email: ` ${email.toUpperCase()} ` });
    const page = await browser.get("/password-reset");
    const headers = [...answer.headers].filter(([name]) => !/^(date|x-request-id|set-cookie|keep-alive)$/.test(name));
    const shown = page.text.replaceAll(email, "<address>").replace(/name="(_csrf|once)" value="[^"]+"/g, "");
    answers.push(JSON.stringify([answer.status, headers, answer.text, shown]));
    subjects.push((await newestMail(email, before + 1)).subject);
    assert.equal((await mailsTo(email)).length, before + 1);
  }
  assert.equal(new Set(answers).size, 1);
  assert.match(answers[0] ?? "", /303.*sent an email to <address>/);
  const expected = [/Reset your password/, /is disabled/, /Reset your password/, /no account/];
  for (const [index, subject] of expected.entries()) assert.match(subjects[index] ?? "", subject);
});

test("a malformed email shows an error, and no email is sent", async () => {
  const before = await MailedLink.countDocuments();
  for (const email of [
    "",
    "ada",
    "ada@",
    "a@b@c.org",
    "ada@example.org,eve@example.org",
    "ada@example.org\r\nBcc: e@e.org",
  ])
    assert.equal((await visitor().submit("/password-reset", { email })).status, 422, email);
  for (const extra of [
    "email=a@example.org&email=b@example.org",
    "email[$ne]=x",
    "email=a@example.org&to=b@example.org",
  ]) {
    const browser = visitor();
    assert.equal((await sendRaw(browser, "/password-reset", extra)).status, 422);
  }
  assert.equal(await MailedLink.countDocuments(), before);
});

test("a forged Host header does not change the link in the email", async () => {
  const ada = await member();
  const browser = visitor();
  const { text } = await browser.get("/password-reset");
  const _csrf = readToken(text);
  const before = (await mailsTo(ada.email)).length;
  const forged = { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https", forwarded: "host=evil.example" };
  await browser.send("/password-reset", { _csrf, email: ada.email }, forged);
  const mail = await newestMail(ada.email, before + 1);
  assert.doesNotMatch(mail.text + mail.html, /evil\.example/);
  assert.match(mail.text, /http:\/\/localhost:3000\/password-reset\//);
});

test("if several registrations have the same email, only a browser that registered gets a reset link", async () => {
  const other = await signedUp();
  const attacker = await signedUp({ ...newPerson(), email: other.email });
  assert.equal((await visitor().submit("/password-reset", { email: other.email })).status, 303);
  await mailAbout(other.email, /no account/);
  const link = await resetLinkFor(other.email, other);
  assert.ok((await visitor().get(link)).text.includes(other.username));
  assert.equal((await visitor().submit(link, { password: fresh })).status, 303);
  assert.ok((await findAccount(other)).emailConfirmedAt);
  assert.equal((await logIn(other, other.password)).status, 401);
  assert.equal((await visitor().submit("/login", { login: other.email, password: fresh })).status, 303);
  assert.equal(await User.findOne({ username: attacker.username }), null, "the other registration is deleted");
});

test("a reset requested in the browser that registered is for that account; the browser that resets becomes known", async () => {
  const ada = await signedUp();
  await signedUp({ ...newPerson(), email: ada.email });
  const own = await resetLinkFor(ada.email, ada);
  const browser = visitor();
  assert.ok((await browser.get(own)).text.includes(ada.username));
  assert.equal((await browser.submit(own, { password: fresh })).status, 303);
  const { id } = await findAccount(ada);
  assert.equal(await Device.countDocuments({ user: id }), 1);
  assert.equal((await browser.submit("/login", { login: ada.email, password: fresh })).status, 303);
  assert.equal((await mailsTo(ada.email)).filter(({ subject }) => /new login|device/i.test(subject)).length, 0);
});

test("a reset forgets every remembered browser", async () => {
  const ada = await member();
  const kept = visitor();
  await kept.submit("/login", { login: ada.username, password: ada.password, remember: "on" });
  kept.cookies.delete("sid");
  assert.equal((await kept.get("/dashboard")).status, 200);
  kept.cookies.delete("sid");
  assert.equal((await visitor().submit(await resetLinkFor(ada.email), { password: fresh })).status, 303);
  assert.equal((await kept.get("/dashboard")).location, "/login");
});

test("a reset in another user's browser keeps that user logged in", async () => {
  const ada = await member();
  const grace = await member();
  const link = await resetLinkFor(ada.email);
  assert.equal((await grace.submit(link, { password: fresh })).status, 303);
  assert.equal((await grace.get("/dashboard")).status, 200);
  assert.equal((await logIn(ada, fresh)).status, 303);
});

test("a reset without the CSRF token changes nothing", async () => {
  const ada = await member();
  const link = await resetLinkFor(ada.email);
  const mails = (await mailsTo(ada.email)).length;
  assert.equal((await visitor().send(link, { password: fresh })).status, 403);
  assert.equal((await visitor().send("/password-reset", { email: ada.email })).status, 403);
  assert.equal((await visitor().get(link)).status, 200);
  assert.equal((await mailsTo(ada.email)).length, mails);
});
