import "../../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { trusted } from "mongoose";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { MailedLink } from "../../../../src/models/mailed-link.js";
import { User } from "../../../../src/models/user.js";
import { linkFor, press } from "../../../support/mail/links.js";
import { linkIn, mailAbout, mailsTo, newestMail } from "../../../support/mailbox.js";
import { member, newPerson, signedUp } from "../../../support/users.js";
import { readToken, type Visitor, visitor } from "../../../support/visitor.js";

const HOURS = 3_600_000;
type Named = { username: string };
const account = ({ username }: Named) => User.findOne({ username }).orFail();
const isConfirmed = async (person: Named) => (await account(person)).emailConfirmedAt !== null;
const isIn = async (browser: Visitor) => (await browser.get("/dashboard")).status === 200;
const linkTo = async (email: string) =>
  linkIn(await mailAbout(email, /Confirm/, "/email-confirmation/"), "/email-confirmation/");
/** Logs in with a pending registration, which leads to the page where its email is confirmed or corrected. */
const login = async ({ username, password }: Named & { password: string }, browser = visitor()) => {
  assert.equal((await browser.submit("/login", { login: username, password })).location, "/email-confirmation");
  return browser;
};

describe("the link", () => {
  test("opening the confirmation link several times changes nothing, until its button is clicked", async () => {
    const ada = await signedUp();
    const link = await linkTo(ada.email);
    const scanner = visitor();
    for (let n = 0; n < 3; n += 1) {
      const page = await scanner.get(link);
      assert.equal(page.status, 200);
      assert.equal(page.headers.get("cache-control"), "no-store");
      assert.equal(page.headers.get("referrer-policy"), "strict-origin");
      assert.equal((await scanner.request(link, { method: "HEAD" })).status, 200);
    }
    assert.equal((await ada.get(link)).text.match(/<button/g)?.length, 1, "one button in the browser that registered");
    assert.ok(!(await isConfirmed(ada)));
    assert.equal((await press(link, ada)).status, 303);
    assert.ok(await isConfirmed(ada));
  });

  test("on another device, the confirmation link asks for the password and logs the user in there", async () => {
    const ada = await signedUp();
    const phone = visitor();
    const link = await linkTo(ada.email);
    for (const odd of [
      {},
      { password: "" },
      { password: "not-the-password" },
      { newPassword: "short" },
      { other: "x" },
    ]) {
      assert.equal((await phone.submit(link, odd as Record<string, string>)).status, 422, JSON.stringify(odd));
    }
    assert.ok(!(await isConfirmed(ada)));
    assert.equal((await phone.submit(link, { password: ada.password })).location, "/dashboard");
    assert.match((await phone.get("/dashboard")).text, new RegExp(`Welcome, ${ada.username}`));
    assert.ok(!(await isIn(ada)), "the device that registered is not logged in by that");
    const events = (await AuditEvent.listForUser((await account(ada)).id)).events.map(({ event }) => event);
    assert.ok(events.includes("email.confirmed"));
  });

  test("confirming leads to the dashboard, even if another tab requested another page", async () => {
    const ada = await signedUp();
    assert.equal((await ada.get("/account/activity")).location, "/login?return_to=%2Faccount%2Factivity");
    assert.equal((await press(await linkTo(ada.email), ada as Visitor)).location, "/dashboard");
  });

  test("twenty clicks on the button, and opening the link later, show success, and the email is confirmed once", async () => {
    const ada = await signedUp();
    const link = await linkTo(ada.email);
    const _csrf = readToken((await ada.get(link)).text);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ada.send(link, { _csrf })));
    assert.deepEqual(
      answers.map(({ status }) => status),
      Array(20).fill(303),
    );
    assert.equal((await account(ada)).sessionEpoch, 1);
    const { events } = await AuditEvent.listForUser((await account(ada)).id);
    assert.equal(events.filter(({ event }) => event === "email.confirmed").length, 1);
    const stranger = visitor();
    assert.match((await stranger.get(link)).text, /Your email address is confirmed/);
    assert.equal((await stranger.submit("/login", {}, link)).location, "/login");
    assert.match((await stranger.get("/login")).text, /is confirmed\. You can log in now/);
  });

  test("confirming with the password in another user's browser keeps that user logged in", async () => {
    const [ada, bob] = [await signedUp(), await member()];
    const sid = bob.cookies.get("sid");
    assert.equal((await press(await linkTo(ada.email), bob)).status, 422, "this browser did not register");
    assert.equal((await bob.submit(await linkTo(ada.email), { password: ada.password })).location, "/dashboard");
    assert.match((await bob.get("/dashboard")).text, new RegExp(`still logged in as ${bob.username}`));
    assert.equal(bob.cookies.get("sid"), sid);
    assert.ok(await isConfirmed(ada));
  });

  test("a browser that logged in with a pending registration confirms with one button, and only then gets a session", async () => {
    const ada = await signedUp();
    const browser = await login(ada);
    assert.equal(browser.cookies.get("sid"), undefined);
    assert.equal((await browser.get("/dashboard")).location, "/login");
    assert.equal((await press(await linkTo(ada.email), browser)).location, "/dashboard");
    assert.ok(await isIn(browser));
    assert.equal(browser.cookies.get("sign-up"), undefined);
  });

  test("a changed link, one for another purpose, or one from before the account was disabled gives 404", async () => {
    const ada = await signedUp();
    const link = await linkTo(ada.email);
    const secret = link.split("/").at(-1) ?? "";
    const odd = [`${link}x`, `${link.slice(0, -1)}`, "/email-confirmation/%7B%7D", "/email-confirmation/undefined"];
    for (const path of [...odd, `/email-change/${secret}`, `/not-me/${secret}`, `/email-undo/${secret}`]) {
      assert.equal((await visitor().get(path)).status, 404, path);
      assert.equal((await visitor().submit("/login", {}, path)).status, 404, path);
    }
    await (await account(ada)).disable();
    assert.equal((await visitor().get(link)).status, 404);
    await (await account(ada)).enable();
    assert.equal((await visitor().get(link)).status, 404, "an old link does not become valid again");
    const [fresh, waiting] = [await linkFor(ada, "email-confirmation"), await account(ada)];
    const unsealed = await MailedLink.issue({ purpose: "email-confirmation", user: waiting, email: ada.email });
    assert.equal((await visitor().submit(fresh, { password: ada.password })).status, 303);
    assert.equal(await MailedLink.revealForMail(unsealed), null, "a link that was not mailed yet is invalid too");
  });
});

describe("a request for another link", () => {
  test("requesting another confirmation link makes the previous one invalid", async () => {
    const ada = await signedUp();
    const before = await linkTo(ada.email);
    const answer = await visitor().submit("/email-confirmation", { email: ada.email });
    assert.equal(answer.location, "/email-confirmation");
    await newestMail(ada.email, 2);
    const link = await linkTo(ada.email);
    assert.notEqual(link, before);
    assert.equal((await visitor().get(before)).status, 404);
    assert.equal((await press(link, ada)).status, 303);
  });

  test("requesting a confirmation link shows the same page and sends one email in every case", async () => {
    const [waiting, confirmed, disabled, nobody] = [await signedUp(), await member(), await signedUp(), newPerson()];
    await newestMail(disabled.email);
    await newestMail(waiting.email);
    await (await account(disabled)).disable();
    const pages = [];
    for (const { email } of [waiting, confirmed, disabled, nobody]) {
      const before = (await mailsTo(email)).length;
      const browser = visitor();
      const { status, location } = await browser.submit("/email-confirmation", { email });
      const text = (await browser.get("/email-confirmation")).text.replaceAll(email, "THEM");
      pages.push({ status, location, text: text.replace(/name="(_csrf|once)" value="[^"]+"/g, "") });
      await newestMail(email, before + 1);
    }
    for (const page of pages) assert.deepEqual(page, pages[0]);
    assert.match((await newestMail(confirmed.email)).subject, /already/);
    assert.doesNotMatch((await newestMail(disabled.email)).text, /\/email-confirmation\//);
  });

  test("correcting the email of a registration makes the link to the wrong email invalid", async () => {
    const ada = await signedUp();
    const browser = await login(ada);
    const wrong = await linkTo(ada.email);
    const { email } = newPerson();
    assert.equal((await browser.submit("/email-confirmation", { email })).status, 303);
    assert.match((await browser.get("/email-confirmation")).text, new RegExp(`value="${email}"`));
    assert.equal((await visitor().get(wrong)).status, 404);
    assert.equal((await press(wrong)).status, 403, "the page has no form and no CSRF token");
    const back = await browser.submit("/email-confirmation", { email: "no<at>" });
    assert.equal(back.status, 422);
    assert.equal((await press(await linkTo(email), browser)).status, 303);
    const user = await account(ada);
    assert.equal(user.email, email);
    assert.ok(user.emailConfirmedAt);
  });

  test("the page after registration shows the email and lets the user correct it and keep the username", async () => {
    const ada = await signedUp();
    const { email } = newPerson();
    const page = await ada.get("/email-confirmation");
    assert.match(page.text, new RegExp(`emailed to <strong class="address">${ada.email}</strong>`));
    const [change = ""] = /<details class="doorway-more">[\s\S]*?<\/details>/.exec(page.text) ?? [];
    assert.match(change, /<summary>Wrong address\? Change it<\/summary>/);
    assert.match(change, new RegExp(`You keep the username <strong>${ada.username}</strong>`));
    assert.match(change, new RegExp(`<input [^>]*type="email"[^>]* name="email"[^>]* value="${ada.email}"`));
    assert.match(change, /<button [^>]*>Change address<\/button>/);
    const odd = await ada.submit("/email-confirmation", { email: "no<at>" });
    assert.match(odd.text, /<details class="doorway-more" open>/);
    assert.match(odd.text, new RegExp(`emailed to <strong class="address">${ada.email}</strong>`));
    assert.equal((await ada.submit("/email-confirmation", { email })).location, "/email-confirmation");
    assert.match(
      (await ada.get("/email-confirmation")).text,
      new RegExp(`emailed to <strong class="address">${email}</`),
    );
    assert.equal((await press(await linkTo(email), ada)).location, "/dashboard");
    assert.equal((await User.findOne({ email }).orFail()).username, ada.username);
  });

  test("without a registration in this browser, the page asks for the email and explains how to correct it", async () => {
    const { text } = await visitor().get("/email-confirmation");
    assert.doesNotMatch(text, /Wrong address\?/);
    assert.match(text, /<a href="\/login">Log in with your username<\/a> to change it/);
  });

  test("correcting the email makes a reset link to the wrong email invalid", async () => {
    const ada = await signedUp();
    const reset = await linkFor(ada, "password-reset");
    await (await login(ada)).submit("/email-confirmation", { email: newPerson().email });
    assert.equal((await visitor().get(reset)).status, 404);
  });

  test("correcting the email to a taken one notifies only its owner", async () => {
    const [ada, bob] = [await signedUp(), await member()];
    const browser = await login(ada);
    assert.equal((await browser.submit("/email-confirmation", { email: bob.email })).status, 303);
    assert.match((await browser.get("/email-confirmation")).text, new RegExp(`sent an email to ${bob.email}`));
    await mailAbout(bob.email, /already/);
    assert.ok(!(await isConfirmed(ada)));
    assert.ok(await isIn(bob));
  });

  test("correcting and confirming at the same moment never confirms the corrected email", async () => {
    for (let n = 0; n < 6; n += 1) {
      const ada = await signedUp();
      const browser = await login(ada);
      const link = await linkTo(ada.email);
      const { email } = newPerson();
      await Promise.all([browser.submit("/email-confirmation", { email }), press(link, ada)]);
      const user = await account(ada);
      assert.equal(user.emailConfirmedAt !== null, user.email === ada.email);
    }
  });

  test("a confirmed user cannot open the confirmation page or change the email there", async () => {
    const ada = await member();
    assert.equal((await ada.get("/email-confirmation")).location, "/dashboard");
    await ada.submit("/posts/new", { email: newPerson().email }, "/email-confirmation");
    assert.equal((await account(ada)).email, ada.email);
  });
});

describe("an email that a stranger registered before its owner", () => {
  test("when the owner confirms the email, the stranger loses account, sessions and links", async () => {
    const eve = await signedUp();
    const browser = await login(eve);
    const theirs = await linkTo(eve.email);
    const reset = await linkFor(eve, "password-reset");
    const ada = await signedUp({ ...newPerson(), email: eve.email });
    const own = await linkIn(await mailAbout(eve.email, /Confirm/, ada.username), "/email-confirmation/");
    assert.equal((await press(own, ada)).status, 303);
    assert.equal((await browser.get("/account/profile")).location, "/login?return_to=%2Faccount%2Fprofile");
    assert.equal((await visitor().get(theirs)).status, 404);
    assert.equal((await visitor().get(reset)).status, 404);
    assert.equal(await User.countDocuments({ username: eve.username }), 0);
    const again = await visitor().submit("/login", { login: eve.username, password: eve.password });
    assert.equal(again.status, 401);
    assert.equal((await visitor().submit("/login", { login: eve.email, password: ada.password })).status, 303);
  });

  test("if two registrations confirm the same email at once, one of them gets it", async () => {
    const { email } = newPerson();
    const people = [await signedUp({ ...newPerson(), email }), await signedUp({ ...newPerson(), email })];
    const links = await Promise.all(people.map((person) => linkFor(person, "email-confirmation")));
    const pressing = links.map((link, n) => press(link, people[n]));
    const statuses = (await Promise.all(pressing)).map(({ status }) => status);
    assert.deepEqual(statuses.sort(), [303, 404]);
    assert.equal(await User.countDocuments({ email, emailConfirmedAt: trusted({ $ne: null }) }), 1);
    assert.equal(await User.countDocuments({ email }), 1);
  });

  test("a later registration cannot confirm an email that already has an owner", async () => {
    const ada = await member();
    const eve = await signedUp({ ...newPerson(), email: ada.email });
    const link = await linkFor(eve, "email-confirmation");
    assert.equal((await press(link, eve)).status, 404);
    assert.ok(await isIn(ada));
    assert.ok(!(await isConfirmed(eve)));
  });
});

describe("expiry", () => {
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
  afterEach(() => mock.timers.reset());

  test("a confirmation link is valid for a day", async () => {
    const [ada, bob] = [await signedUp(), await signedUp()];
    const [inTime, late] = [await linkFor(ada, "email-confirmation"), await linkFor(bob, "email-confirmation")];
    mock.timers.tick(24 * HOURS - 10_000);
    assert.equal((await visitor().submit(inTime, { password: ada.password })).status, 303);
    mock.timers.tick(10_000);
    assert.equal((await visitor().get(late)).status, 404);
    assert.equal((await visitor().submit("/login", {}, late)).status, 404);
  });
});
