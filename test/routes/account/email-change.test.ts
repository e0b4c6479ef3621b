import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import { askToChange, press } from "../../support/mail/links.js";
import { mailAbout, mailsTo, newestMail } from "../../support/mailbox.js";
import { type Member, member, newPerson } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";

const account = ({ username }: Member) => User.findOne({ username }).orFail();

test("a request to change the email sends a link to the new one and an undo link to the old one, and changes nothing", async () => {
  const ada = await member();
  const { email } = newPerson();
  const { answer } = await askToChange(ada, email);
  assert.equal(answer.status, 303);
  assert.equal(answer.location, "/account/email");
  const page = await ada.get("/account/email");
  assert.match(page.text, new RegExp(`sent an email to ${email}`));
  assert.match(page.text, /New address, not confirmed yet/);
  assert.doesNotMatch(
    (await mailAbout(ada.email, /about to change/)).text,
    new RegExp(email),
    "an intruder may have typed the new email",
  );
  assert.equal((await account(ada)).email, ada.email);
  assert.equal((await ada.get("/dashboard")).status, 200, "the user stays logged in");
  const events = (await AuditEvent.listForUser((await account(ada)).id)).events.map(({ event }) => event);
  assert.equal(events[0], "email.change-asked");
});

test("the new email is accepted in any spelling and stored in canonical form", async () => {
  const ada = await member();
  const { email } = newPerson();
  const answer = await ada.submit("/account/email", {
    email: ` ${email.toUpperCase()} `,
    currentPassword: ada.password,
  });
  assert.equal(answer.status, 303);
  assert.ok(await mailAbout(email, /new email address/));
});

test("changing to a taken email shows the usual page, and the owner of that email is notified", async () => {
  const [ada, bob, free] = [await member(), await member(), newPerson()];
  const pages = [];
  for (const { email } of [free, bob]) {
    const answer = await ada.submit("/account/email", { email, currentPassword: ada.password });
    const { text } = await ada.get("/account/email");
    const masked = text
      .replaceAll(email, "THEM")
      .replace(/name="(_csrf|once)" value="[^"]+"|data-session-time="[^"]+"/g, "");
    pages.push({ status: answer.status, location: answer.location, text: masked });
  }
  assert.deepEqual(pages[0], pages[1]);
  await mailAbout(bob.email, /already/i);
  assert.ok(!(await mailsTo(bob.email)).some(({ subject }) => /new email address/.test(subject)));
  assert.equal((await mailsTo(free.email)).length, 1);
});

test("a wrong password gives an error at its field, sends nothing, and is not shown again", async () => {
  const ada = await member();
  const { email } = newPerson();
  const page = await ada.submit("/account/email", { email, currentPassword: "not-the-password" });
  assert.equal(page.status, 422);
  assert.match(page.text, /id="currentPassword-error"/);
  assert.match(page.text, new RegExp(`value="${email}"`));
  assert.doesNotMatch(page.text, /not-the-password|New address, not confirmed yet/);
  assert.deepEqual(await mailsTo(email), []);
});

test("empty, malformed, unchanged, unknown or duplicate fields show an error", async () => {
  const ada = await member();
  const currentPassword = ada.password;
  for (const [fields, field] of [
    [{ email: "", currentPassword: "" }, "email"],
    [{ email: "no<at>", currentPassword }, "email"],
    [{ email: "eve@example.org\r\nBcc: all@example.org", currentPassword }, "email"],
    [{ email: ada.email.toUpperCase(), currentPassword }, "email"],
    [{ email: newPerson().email, currentPassword: "" }, "currentPassword"],
    [{ email: newPerson().email, currentPassword, emailConfirmedAt: "2026" }, ""],
    [{ "email[$gt]": "", currentPassword }, "email"],
  ] as const) {
    const page = await ada.submit("/account/email", fields as unknown as Record<string, string>);
    assert.equal(page.status, 422, JSON.stringify(fields));
    if (field) assert.match(page.text, new RegExp(`id="${field}-error"`), JSON.stringify(fields));
  }
  assert.doesNotMatch((await ada.get("/account/email")).text, /New address, not confirmed yet/);
});

test("the password in the form counts as a recent login", async () => {
  const ada = await member();
  const mine = { "session.passport.user": (await account(ada))._id };
  await Session.collection.updateMany(mine, { $set: { "session.authenticatedAt": 1 } });
  await ada.submit("/account/email", { email: newPerson().email, currentPassword: ada.password });
  const session = (await Session.collection.findOne(mine))?.session;
  assert.ok(Date.now() - session.authenticatedAt < 60_000);
});

test("a new request replaces the pending one, and cancelling makes the link invalid", async () => {
  const ada = await member();
  const [first, second] = [newPerson().email, newPerson().email];
  const { confirm: before } = await askToChange(ada, first);
  const { confirm } = await askToChange(ada, second);
  const page = await ada.get("/account/email");
  assert.ok(page.text.includes(second) && !page.text.includes(first));
  assert.equal((await visitor().get(before)).status, 404);
  assert.equal((await visitor().get(confirm)).status, 200);
  assert.equal((await ada.submit("/account/email", {}, "/account/email/cancel")).location, "/account/email");
  const dropped = await ada.get("/account/email");
  assert.match(dropped.text, /Email change cancelled/);
  assert.ok(!dropped.text.includes(second));
  assert.equal((await visitor().get(confirm)).status, 404);
  await ada.submit("/account/email", {}, "/account/email/cancel");
  assert.doesNotMatch((await ada.get("/account/email")).text, /Email change cancelled/, "nothing was pending");
});

test("after eight concurrent requests, one email is pending, and only its link works", async () => {
  const ada = await member();
  const wanted = Array.from({ length: 8 }, () => newPerson().email);
  const currentPassword = ada.password;
  await Promise.all(wanted.map((email) => ada.submit("/account/email", { email, currentPassword })));
  const page = (await ada.get("/account/email")).text;
  const shown = wanted.filter((email) => page.includes(`address">${email}<`));
  assert.equal(shown.length, 1);
  await newestMail(ada.email, 8);
  const mailed = (await Promise.all(wanted.map(mailsTo))).flat();
  const links = mailed.map(({ text }) => /\/email-change\/\S+/.exec(text)?.[0] ?? "");
  const statuses = await Promise.all(links.map(async (link) => (await visitor().get(link)).status));
  assert.ok(statuses.filter((status) => status === 200).length <= 1);
  if (mailed.some(({ to }) => to === shown[0])) assert.equal(statuses.filter((status) => status === 200).length, 1);
});

test("a user with an unconfirmed email cannot change it here; their login leads to the confirmation page", async () => {
  const ada = await member();
  await User.updateOne({ username: ada.username }, { $set: { emailConfirmedAt: null } });
  assert.equal((await ada.get("/account/email")).location, "/login?return_to=%2Faccount%2Femail");
  const fields = { login: ada.username, password: ada.password };
  assert.equal((await ada.submit("/login", fields)).location, "/email-confirmation");
});

test("a new password makes the link to the new email invalid", async () => {
  const ada = await member();
  const { email } = newPerson();
  const { confirm } = await askToChange(ada, email);
  await (await account(ada)).setPassword("another-Sturdy-gate");
  assert.equal((await press(confirm)).status, 403, "an invalid link has no form and no CSRF token");
  assert.equal((await visitor().get(confirm)).status, 404);
  assert.equal((await account(ada)).email, ada.email);
});
