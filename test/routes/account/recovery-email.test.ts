import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import { addRecoveryEmail, askForRecoveryEmail, press } from "../../support/mail/links.js";
import { linkIn, mailAbout, mailsTo, newestMail } from "../../support/mailbox.js";
import { type Member, member, newPerson } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";

const PAGE = "/account/addresses";
const account = ({ username }: { username: string }) => User.findOne({ username }).orFail();
const getEvents = async (ada: Member) =>
  (await AuditEvent.listForUser((await account(ada)).id)).events.map(({ event }) => event);

test("a request sends a link to the recovery email, and adds nothing before the link is used", async () => {
  const ada = await member();
  const { email } = newPerson();
  const { answer, confirm } = await askForRecoveryEmail(ada, email);
  assert.equal(answer.status, 303);
  assert.equal(answer.location, PAGE);
  const page = await ada.get(PAGE);
  assert.match(page.text, new RegExp(`sent an email to ${email}`));
  assert.match(page.text, /New address, not confirmed yet/);
  assert.match((await visitor().get(confirm)).text, new RegExp(ada.username));
  assert.equal((await account(ada)).recoveryEmail, null);
  assert.equal((await getEvents(ada))[0], "recovery-email.asked");
  assert.deepEqual(await mailsTo(ada.email), []);
});

test("the confirmed recovery email is shown, and the primary email gets a notice without the new address", async () => {
  const ada = await member();
  const email = await addRecoveryEmail(ada);
  const page = await ada.get(PAGE);
  assert.match(page.text, new RegExp(`address">${email}<`));
  assert.doesNotMatch(page.text, /name="currentPassword"|not confirmed yet/);
  const told = await mailAbout(ada.email, /recovery email address was added/);
  assert.ok(linkIn(told, "/not-me/"));
  assert.doesNotMatch(told.text, new RegExp(email), "an intruder may have typed it");
  assert.equal((await getEvents(ada))[0], "recovery-email.confirmed");
  assert.equal((await ada.get("/dashboard")).status, 200);
});

test("wrong, empty, malformed, unknown or own values show an error and send nothing", async () => {
  const ada = await member();
  const currentPassword = ada.password;
  const { email } = newPerson();
  for (const [fields, field] of [
    [{ email, currentPassword: "not-the-password" }, "currentPassword"],
    [{ email: "", currentPassword: "" }, "email"],
    [{ email: "no<at>", currentPassword }, "email"],
    [{ email: ada.email.toUpperCase(), currentPassword }, "email"],
    [{ email, currentPassword, since: "2026" }, ""],
    [{ "email[$gt]": "", currentPassword }, "email"],
  ] as const) {
    const page = await ada.submit(PAGE, fields as unknown as Record<string, string>);
    assert.equal(page.status, 422, JSON.stringify(fields));
    if (field) assert.match(page.text, new RegExp(`id="${field}-error"`), JSON.stringify(fields));
    assert.doesNotMatch(page.text, /not-the-password/);
  }
  assert.deepEqual(await mailsTo(email), []);
});

test("an account has one recovery email: to change it, the user removes it first", async () => {
  const ada = await member();
  const token = await ada.get(PAGE);
  const first = await addRecoveryEmail(ada);
  const { email } = newPerson();
  const page = await ada.submit("/account/email", { email, currentPassword: ada.password }, PAGE);
  assert.equal(token.status, 200);
  assert.equal(page.status, 422);
  assert.match(page.text, /Remove it first/);
  assert.deepEqual(await mailsTo(email), []);
  assert.equal((await ada.submit(PAGE, {}, `${PAGE}/remove`)).status, 303);
  assert.match((await ada.get(PAGE)).text, new RegExp(`${first} is no longer your recovery email address`));
  assert.equal((await account(ada)).recoveryEmail, null);
  await addRecoveryEmail(ada, { email });
  assert.equal((await account(ada)).recoveryEmail?.address, email);
});

test("both addresses get a notice when the recovery email is removed", async () => {
  const ada = await member();
  const email = await addRecoveryEmail(ada);
  await ada.submit(PAGE, {}, `${PAGE}/remove`);
  const links = [];
  for (const to of [ada.email, email])
    links.push(linkIn(await mailAbout(to, /recovery email address was removed/), "/not-me/"));
  assert.notEqual(links[0], links[1]);
  assert.equal((await getEvents(ada))[0], "recovery-email.removed");
  await ada.submit("/account/email", {}, `${PAGE}/remove`);
  assert.equal((await getEvents(ada)).filter((event) => event === "recovery-email.removed").length, 1);
});

test("removing the recovery email needs a recent login", async () => {
  const ada = await member();
  const email = await addRecoveryEmail(ada);
  const mine = { "session.passport.user": (await account(ada))._id };
  await Session.collection.updateMany(mine, { $set: { "session.authenticatedAt": 1 } });
  assert.match((await ada.submit(PAGE, {}, `${PAGE}/remove`)).location ?? "", /^\/reauthenticate/);
  assert.equal((await account(ada)).recoveryEmail?.address, email);
});

test("a pending recovery email can be sent again, replaced and cancelled; only the newest link works", async () => {
  const ada = await member();
  const [first, second] = [newPerson().email, newPerson().email];
  const { confirm: before } = await askForRecoveryEmail(ada, first);
  const { confirm } = await askForRecoveryEmail(ada, second);
  assert.equal((await visitor().get(before)).status, 404);
  assert.equal((await visitor().get(confirm)).status, 200);
  assert.equal((await ada.submit(PAGE, {}, `${PAGE}/resend`)).status, 303);
  const again = linkIn(await newestMail(second, 2), "/recovery-email/");
  assert.equal((await visitor().get(confirm)).status, 404);
  assert.equal((await visitor().get(again)).status, 200);
  assert.equal((await ada.submit(PAGE, {}, `${PAGE}/cancel`)).status, 303);
  assert.match((await ada.get(PAGE)).text, /cancelled/);
  assert.equal((await visitor().get(again)).status, 404);
  for (const action of ["cancel", "resend"]) await ada.submit(PAGE, {}, `${PAGE}/${action}`);
  assert.doesNotMatch((await ada.get(PAGE)).text, /cancelled|sent an email/, "nothing was pending");
  assert.equal((await account(ada)).recoveryEmail, null);
});

test("cancelling after the confirmation changes nothing", async () => {
  const ada = await member();
  const email = await addRecoveryEmail(ada);
  await ada.submit(PAGE, {}, `${PAGE}/cancel`);
  assert.doesNotMatch((await ada.get(PAGE)).text, /cancelled/);
  assert.equal((await account(ada)).recoveryEmail?.address, email);
});

test("an address that another account has gets the same page, the same email and the same work", async () => {
  const [ada, bob, carla, free] = [await member(), await member(), await member(), newPerson()];
  const taken = await addRecoveryEmail(carla);
  const pages = [];
  for (const email of [free.email, bob.email, taken]) {
    const answer = await ada.submit(PAGE, { email, currentPassword: ada.password });
    const { text } = await ada.get(PAGE);
    const masked = text
      .replaceAll(email, "THEM")
      .replace(/name="(_csrf|once)" value="[^"]+"|data-session-time="[^"]+"/g, "");
    const mail = await mailAbout(email, /Confirm your recovery email address/, ada.username);
    pages.push([answer.status, answer.location, masked, mail.text.replace(/\/recovery-email\/\S+/g, "")]);
  }
  assert.deepEqual(pages[1], pages[0]);
  assert.deepEqual(pages[2], pages[0]);
});

test("a user with an unconfirmed email cannot add a recovery email", async () => {
  const ada = await member();
  const { confirm } = await askForRecoveryEmail(ada, newPerson().email);
  await User.updateOne({ username: ada.username }, { $set: { emailConfirmedAt: null } });
  assert.equal((await ada.get(PAGE)).status, 303);
  assert.equal((await press(confirm)).status, 404);
  assert.equal((await account(ada)).recoveryEmail, null);
});

test("the account's export and its admin page show the recovery email", async () => {
  const ada = await member();
  const email = await addRecoveryEmail(ada);
  const { withRole } = await import("../../support/users.js");
  const admin = await withRole("admin");
  assert.match((await admin.get(`/admin/users/${ada.id}`)).text, new RegExp(email));
  const { streamAccountJson } = await import("../../../src/services/account/export/export-content.js");
  let json = "";
  for await (const part of streamAccountJson(await account(ada))) json += part;
  assert.equal(JSON.parse(json).account.recoveryEmail.email, email);
});
