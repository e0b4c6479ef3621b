import "../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { User } from "../../../src/models/user.js";
import { askToChange, linkFor, press, pressTwentyTimes } from "../../support/mail/links.js";
import { linkIn, mailAbout, mailsTo } from "../../support/mailbox.js";
import { type Member, member, newPerson, signedUp } from "../../support/users.js";
import { type Visitor, visitor } from "../../support/visitor.js";

const HOURS = 3_600_000;
const account = ({ username }: { username: string }) => User.findOne({ username }).orFail();
const isIn = async (browser: Visitor) => (await browser.get("/dashboard")).status === 200;
const login = (login: string, password: string) => visitor().submit("/login", { login, password });

async function changing(person?: Member) {
  const ada = person ?? (await member());
  const { email } = newPerson();
  return { ada, email, ...(await askToChange(ada, email)) };
}

test("opening the link shows a page with one button and changes nothing", async () => {
  const { ada, email, confirm } = await changing();
  const phone = visitor();
  for (let n = 0; n < 3; n += 1) {
    const page = await phone.get(confirm);
    assert.equal(page.status, 200);
    assert.equal(page.text.match(/<button/g)?.length, 1);
    for (const shown of [email, ada.email, ada.username]) assert.ok(page.text.includes(shown), shown);
    assert.equal(page.headers.get("cache-control"), "no-store");
    assert.equal(page.headers.get("referrer-policy"), "strict-origin");
    assert.equal((await phone.request(confirm, { method: "HEAD" })).status, 200);
  }
  assert.equal((await account(ada)).email, ada.email);
});

test("confirming in a logged-in browser changes the email, keeps that browser logged in, and logs out all others", async () => {
  const { ada, email, confirm } = await changing();
  const phone = visitor();
  await phone.submit("/login", { login: ada.username, password: ada.password });
  const stolen = visitor();
  stolen.cookies.set("sid", ada.cookies.get("sid") ?? "");
  const answer = await press(confirm, ada);
  assert.equal(answer.status, 303);
  assert.equal(answer.location, "/account/email");
  assert.match((await ada.get("/account/email")).text, /The email address of [\w-]+ is now/);
  assert.ok(await isIn(ada));
  assert.ok(!(await isIn(phone)));
  assert.ok(!(await isIn(stolen)), "the old session id is invalid");
  const user = await account(ada);
  assert.equal(user.email, email);
  assert.ok(user.emailConfirmedAt);
  const told = await mailAbout(ada.email, /was changed/);
  assert.doesNotMatch(told.text, new RegExp(email), "an intruder may have typed the new email");
  assert.ok(linkIn(told, "/not-me/"));
  const events = (await AuditEvent.listForUser(user.id)).events.map(({ event }) => event);
  assert.ok(events.includes("email.changed"));
  assert.equal((await login(email, ada.password)).status, 303);
  assert.equal((await login(ada.email, ada.password)).status, 401);
});

test("another device can confirm the email change, but is not logged in by that", async () => {
  const { ada, email, confirm } = await changing();
  const phone = visitor();
  assert.equal((await press(confirm, phone)).location, "/login");
  assert.match((await phone.get("/login")).text, new RegExp(`The email address of ${ada.username} is now ${email}`));
  assert.ok(!(await isIn(phone)));
  assert.ok(!(await isIn(ada)));
});

test("confirming in another user's browser keeps that user logged in", async () => {
  const { ada, email, confirm } = await changing();
  const bob = await member();
  const sid = bob.cookies.get("sid");
  assert.equal((await press(confirm, bob)).status, 303);
  assert.equal(bob.cookies.get("sid"), sid);
  assert.match((await bob.get("/account/profile")).text, new RegExp(bob.email));
  assert.equal((await account(ada)).email, email);
  assert.equal((await account(bob)).email, bob.email);
});

test("twenty clicks on the button, and opening the link later, show success, and the email changes once", async () => {
  const { ada, email, confirm } = await changing();
  const { sessionEpoch } = await account(ada);
  assert.deepEqual(await pressTwentyTimes(confirm), Array(20).fill(303));
  assert.equal((await account(ada)).sessionEpoch, sessionEpoch + 1);
  assert.equal((await account(ada)).email, email);
  assert.equal((await mailsTo(ada.email)).filter(({ subject }) => /was changed/.test(subject)).length <= 1, true);
  assert.match((await visitor().get(confirm)).text, /Your email address has been changed/);
});

test("if another account has confirmed the email in the meantime, the page says so and nothing changes", async () => {
  const { ada, email, confirm } = await changing();
  await member({ ...newPerson(), email });
  const page = await press(confirm);
  assert.equal(page.status, 409);
  assert.match(page.text, /belongs to another account/);
  assert.match(page.text, /Nothing was changed/);
  assert.equal((await account(ada)).email, ada.email);
  assert.ok(await isIn(ada));
});

test("if two users confirm the same email at once, one of them gets it", async () => {
  const { email } = newPerson();
  const people = await Promise.all([member(), member()]);
  const links = await Promise.all(people.map((one) => linkFor(one, "email-change", email)));
  const statuses = (await Promise.all(links.map((link) => press(link)))).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), [303, 409]);
  assert.equal(await User.countDocuments({ email }), 1);
});

test("confirming the change deletes registrations with the new email, their links and sessions", async () => {
  const { ada, email, confirm } = await changing();
  const eve = await signedUp({ ...newPerson(), email });
  const link = linkIn(await mailAbout(email, /Confirm your email address/), "/email-confirmation/");
  assert.equal((await press(confirm)).status, 303);
  assert.equal(await User.countDocuments({ username: eve.username }), 0);
  assert.equal((await visitor().get(link)).status, 404);
  assert.equal((await login(eve.username, eve.password)).status, 401);
  assert.equal((await account(ada)).email, email);
});

test("the link of a disabled user, for another purpose, or with a wrong secret gives 404", async () => {
  const { ada, confirm } = await changing();
  const secret = confirm.split("/").at(-1) ?? "";
  for (const path of [
    `/email-undo/${secret}`,
    `/not-me/${secret}`,
    `/email-confirmation/${secret}`,
    `/email-change/${secret.slice(0, -1)}`,
    `/email-change/${secret}A`,
    `/email-change/${secret.toUpperCase()}`,
    "/email-change/undefined",
    "/email-change/null",
    "/email-change/[object%20Object]",
    "/email-change/%00",
    `/email-change/${"x".repeat(3_000)}`,
    "/email-change/%7B%22$gt%22:%22%22%7D",
  ]) {
    const browser = visitor();
    assert.equal((await browser.get(path)).status, 404, path);
    assert.equal((await browser.submit("/login", {}, path)).status, 404, path);
  }
  assert.equal((await visitor().get(`/email-change/%`)).status, 400);
  assert.equal((await visitor().get(confirm)).status, 200, "the link is still valid");
  await (await account(ada)).disable();
  assert.equal((await visitor().get(confirm)).status, 404);
});

test("the button needs its CSRF token and accepts no other field", async () => {
  const { ada, confirm } = await changing();
  assert.equal((await visitor().send(confirm, {})).status, 403);
  const page = await visitor().submit(confirm, { email: "eve@example.org" });
  assert.equal(page.status, 400);
  assert.equal((await account(ada)).email, ada.email);
  assert.equal((await press(confirm)).status, 303, "the link is still valid");
});

describe("expiry", () => {
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
  afterEach(() => mock.timers.reset());

  test("the link to a new email is valid for a day", async () => {
    const ada = await member();
    const [late, inTime] = [newPerson().email, newPerson().email];
    const link = await linkFor(ada, "email-change", late);
    mock.timers.tick(24 * HOURS);
    assert.equal((await visitor().get(link)).status, 404);
    assert.equal((await visitor().submit("/login", {}, link)).status, 404);
    const again = await linkFor(ada, "email-change", inTime);
    mock.timers.tick(24 * HOURS - 1_000);
    assert.equal((await press(again)).status, 303);
    assert.equal((await account(ada)).email, inTime);
  });
});
