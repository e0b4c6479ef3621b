import "../../support/environment.js";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { Device } from "../../../src/models/device.js";
import { MailedLink } from "../../../src/models/mailed-link.js";
import { User } from "../../../src/models/user.js";
import { askToChange, linkFor, press, pressTwentyTimes } from "../../support/mail/links.js";
import { linkIn, mailAbout, mailsTo, newestMail } from "../../support/mailbox.js";
import { addApp, createCodes, protectedMember } from "../../support/users/factors.js";
import { fresh } from "../../support/users/passwords.js";
import { type Member, member, newPerson } from "../../support/users.js";
import { type Visitor, visitor } from "../../support/visitor.js";

const HOURS = 3_600_000;
const account = ({ username }: { username: string }) => User.findOne({ username }, "+passwordHash").orFail();
const isIn = async (browser: Visitor) => (await browser.get("/dashboard")).status === 200;
const getSecret = (link: string) => link.split("/").at(-1) ?? "";

/** Logs in as an intruder who knows the password, and returns their browser and the link in the owner's email. */
async function createIntruder(ada: Member) {
  const browser = visitor();
  await browser.submit("/login", { login: ada.username, password: ada.password });
  const link = linkIn(await mailAbout(ada.email, /new (device|browser)|sign/i, "/not-me/"), "/not-me/");
  return { browser: { ...browser, email: ada.email, password: ada.password }, link };
}

test("opening the link shows what the button does and changes nothing", async () => {
  const ada = await member();
  const { browser, link } = await createIntruder(ada);
  const page = await visitor().get(link);
  assert.equal(page.status, 200);
  assert.match(page.text, new RegExp(`link for choosing a new password to <strong class="address">${ada.email}`));
  assert.doesNotMatch(page.text, /goes back to/);
  assert.equal((await visitor().request(link, { method: "HEAD" })).status, 200);
  assert.ok((await isIn(ada)) && (await isIn(browser)));
});

test("clicking the button ends all access and sends a reset link to the owner", async () => {
  const ada = await member();
  const { browser, link } = await createIntruder(ada);
  await (await account(ada)).scheduleDeletion("remove");
  const phone = visitor();
  const answer = await press(link, phone);
  assert.equal(answer.status, 303);
  assert.equal(answer.location, "/password-reset");
  assert.ok(!(await isIn(ada)) && !(await isIn(browser)) && !(await isIn(phone)));
  const user = await account(ada);
  assert.equal(user.passwordHash, undefined);
  assert.equal(user.deletion, null);
  assert.equal(await Device.countDocuments({ user: user._id }), 0);
  const reset = linkIn(await mailAbout(ada.email, /password/i, "/password-reset/"), "/password-reset/");
  assert.equal(
    (await MailedLink.find(getSecret(reset), "password-reset"))?.user.id,
    user.id,
    "the reset link was created after all access ended",
  );
  const events = (await AuditEvent.listForUser(user.id)).events.map(({ event }) => event);
  assert.equal(events[0], "not-me");
  for (const login of [ada.username, ada.email]) {
    assert.equal((await visitor().submit("/login", { login, password: ada.password })).status, 401);
  }
});

test("the button cancels a pending email change, even if it is confirmed at the same moment", async () => {
  for (let n = 0; n < 6; n += 1) {
    const ada = await member();
    const { browser, link } = await createIntruder(ada);
    const { confirm } = await askToChange(browser, newPerson().email);
    const [first, second] = n % 2 ? [confirm, link] : [link, confirm];
    await Promise.all([press(first), press(second)]);
    assert.equal((await visitor().get(confirm)).status, 404);
    const user = await account(ada);
    assert.equal(user.email, ada.email);
    assert.equal(user.passwordHash, undefined);
    assert.ok(!(await isIn(browser)));
  }
});

test("the button undoes a confirmed email change, with an older link or the one in the email about it", async () => {
  for (const which of ["older", "newer"]) {
    const ada = await member();
    const { browser, link } = await createIntruder(ada);
    const { email } = newPerson();
    const { confirm } = await askToChange(browser, email);
    await press(confirm, browser);
    assert.ok((await isIn(browser)) && !(await isIn(ada)));
    const newer = linkIn(await mailAbout(ada.email, /was changed/), "/not-me/");
    const used = which === "older" ? link : newer;
    assert.match((await visitor().get(used)).text, /goes back to/);
    assert.equal((await press(used)).status, 303);
    assert.equal((await account(ada)).email, ada.email);
    assert.ok(!(await isIn(browser)));
    assert.ok(await mailAbout(ada.email, /password/i, "/password-reset/"));
    assert.ok(!(await mailsTo(email)).some(({ text }) => text.includes("/password-reset/")));
  }
});

test("an intruder's own link is invalid after the owner used theirs", async () => {
  const ada = await member();
  const { browser, link } = await createIntruder(ada);
  const { email } = newPerson();
  const { confirm } = await askToChange(browser, email);
  await press(confirm, browser);
  const intruders = await linkFor(ada, "not-me", email);
  assert.equal((await press(link)).status, 303);
  assert.equal((await visitor().get(intruders)).status, 404);
  assert.equal((await visitor().submit("/login", {}, intruders)).status, 404);
  assert.equal((await account(ada)).email, ada.email);
});

test("if an intruder uses their own link first, the owner's link still restores the account", async () => {
  const ada = await member();
  const { browser, link } = await createIntruder(ada);
  const { email } = newPerson();
  const { confirm } = await askToChange(browser, email);
  await press(confirm, browser);
  const intruders = await linkFor(ada, "not-me", email);
  assert.equal((await press(intruders)).status, 303);
  const reset = linkIn(await mailAbout(email, /password/i, "/password-reset/"), "/password-reset/");
  assert.ok(
    await MailedLink.find(getSecret(reset), "password-reset"),
    "until the owner acts, the reset link goes to the intruder's email",
  );
  assert.equal((await press(link)).status, 303);
  assert.equal((await account(ada)).email, ada.email);
  assert.equal(await MailedLink.find(getSecret(reset), "password-reset"), null);
});

test("an old link gives no access without the mailbox", async () => {
  const ada = await member();
  const { link } = await createIntruder(ada);
  const eve = visitor();
  const mails = (await mailsTo(ada.email)).length;
  const answer = await press(link, eve);
  assert.doesNotMatch(answer.text + (await eve.get("/password-reset")).text, /\/password-reset\/[\w-]{20}/);
  assert.ok(!(await isIn(eve)));
  const { text } = await newestMail(ada.email, mails + 1);
  assert.match(text, /\/password-reset\//);
});

test("twenty clicks on the button, and opening the link later, show success, and one email is sent", async () => {
  const ada = await member();
  const { link } = await createIntruder(ada);
  const before = (await mailsTo(ada.email)).length;
  assert.deepEqual(await pressTwentyTimes(link), Array(20).fill(303));
  await newestMail(ada.email, before + 1);
  const resets = (await mailsTo(ada.email)).filter(({ text }) => text.includes("/password-reset/"));
  assert.equal(resets.length, 1);
  assert.match((await visitor().get(link)).text, /href="\/password-reset"/);
});

test("after one link was used, the link in a second email still works", async () => {
  const ada = await member();
  const { browser, link } = await createIntruder(ada);
  await askToChange(browser, newPerson().email);
  const other = await linkFor(ada, "not-me");
  assert.equal((await press(other)).status, 303);
  assert.ok(!(await isIn(browser)));
  assert.equal((await press(link)).status, 303);
  assert.ok(await mailAbout(ada.email, /password/i, "/password-reset/"));
});

test("clicking the button in another user's browser ends the owner's sessions and keeps that user logged in", async () => {
  const [ada, bob] = [await member(), await member()];
  const { link } = await createIntruder(ada);
  assert.equal((await press(link, bob)).status, 303);
  assert.ok((await isIn(bob)) && !(await isIn(ada)));
});

test("if another account has the old email now, it is not restored, but all sessions and tokens end", async () => {
  const ada = await member();
  const { browser, link } = await createIntruder(ada);
  const { email } = newPerson();
  const { confirm } = await askToChange(browser, email);
  await press(confirm, browser);
  const anew = await member();
  await User.updateOne({ username: anew.username }, { $set: { email: ada.email } });
  const page = await press(link);
  assert.equal(page.status, 409);
  const user = await account(ada);
  assert.equal(user.email, email);
  assert.equal(user.passwordHash, undefined);
  assert.ok(!(await isIn(browser)) && (await isIn(anew)));
});

test("a link for another purpose, with a wrong secret, or of a disabled or deleted account changes nothing", async () => {
  const ada = await member();
  const { link } = await createIntruder(ada);
  const secret = getSecret(link);
  for (const path of [`/email-undo/${secret}`, `/email-change/${secret}`, `${link}x`, "/not-me/null", "/not-me/%00"]) {
    assert.equal((await visitor().get(path)).status, 404, path);
    assert.equal((await visitor().submit("/login", {}, path)).status, 404, path);
  }
  assert.equal((await visitor().send(link, {})).status, 403);
  assert.equal((await visitor().submit(link, { email: "eve@example.org" })).status, 400);
  await (await account(ada)).disable();
  assert.equal((await visitor().get(link)).status, 404);
  await (await account(ada)).enable();
  assert.equal((await visitor().get(link)).status, 200);
  await User.deleteOne({ username: ada.username });
  assert.equal((await visitor().get(link)).status, 404);
  assert.equal((await visitor().submit("/login", {}, link)).status, 404);
});

describe("expiry", () => {
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
  afterEach(() => mock.timers.reset());

  test("the not-me link is valid for three days", async () => {
    const [ada, bob] = [await member(), await member()];
    const [inTime, late] = [await linkFor(ada, "not-me"), await linkFor(bob, "not-me")];
    mock.timers.tick(72 * HOURS - 10_000);
    assert.equal((await press(inTime)).status, 303);
    mock.timers.tick(10_000);
    assert.equal((await visitor().get(late)).status, 404);
    assert.ok((await account(bob)).passwordHash);
  });
});

describe("second factors after “this wasn't me”", () => {
  const addedAgo = async ({ id }: Member, hours: number) => {
    const at = new Date(Date.now() - hours * HOURS);
    await User.updateOne({ _id: id }, { $set: { "authenticator.addedAt": at, recoveryCodesMadeAt: at } });
  };
  const readFactors = async ({ id }: Member) => {
    const user = await User.findById(id).select("+recoveryCodes").orFail();
    const { authenticator, authenticatorUse, passkeys, recoveryCodes, recoveryCodesMadeAt } = user;
    return {
      ...{ app: authenticator !== null, use: authenticatorUse !== null, passkeys: passkeys.map(({ name }) => name) },
      ...{ codes: recoveryCodes?.length ?? 0, made: recoveryCodesMadeAt !== null },
    };
  };
  const none = { app: false, use: false, passkeys: [], codes: 0, made: false };
  /** A passkey belongs to one account, so each has its own credential. */
  const createPasskey = (addedAt: Date) => ({ credential: randomUUID(), publicKey: "k", name: "Key", addedAt });

  test("those of an intruder are removed, so the owner logs in with a new password alone", async () => {
    const ada = await member();
    const { browser, link } = await createIntruder(ada);
    await addApp({ ...ada, ...browser });
    await createCodes({ ...ada, ...browser });
    const own = visitor();
    await press(link, own);
    assert.deepEqual(await readFactors(ada), none);
    const reset = linkIn(await mailAbout(ada.email, /password/i, "/password-reset/"), "/password-reset/");
    await own.submit(reset, { password: fresh });
    const page = await own.submit("/login", { login: ada.username, password: fresh });
    assert.equal(page.location, "/dashboard");
  });

  test("the link in the email about a new app removes it", async () => {
    const ada = await member();
    const { browser } = await createIntruder(ada);
    await addApp({ ...ada, ...browser });
    const mail = await mailAbout(ada.email, /authenticator app was added/);
    await press(linkIn(mail, "/not-me/"));
    assert.deepEqual(await readFactors(ada), none);
  });

  test("those of the owner stay, so a thief of the mailbox cannot remove them", async () => {
    const ada = await protectedMember();
    await createCodes(ada);
    await addedAgo(ada, 2);
    await ada.submit("/account/password", { currentPassword: ada.password, password: fresh });
    const link = linkIn(await mailAbout(ada.email, /password was changed/i, "/not-me/"), "/not-me/");
    await press(link);
    assert.deepEqual(await readFactors(ada), { app: true, use: true, passkeys: [], codes: 10, made: true });
  });

  test("only the new ones are removed, and recovery codes that are new too", async () => {
    const ada = await protectedMember();
    await createCodes(ada);
    await addedAgo(ada, 2);
    await createCodes(ada);
    const [now, before] = [new Date(), new Date(Date.now() - 2 * HOURS)];
    const passkeys = [createPasskey(before), { ...createPasskey(now), name: "Theirs" }];
    await User.updateOne({ _id: ada.id }, { passkeys });
    await press(linkIn(await mailAbout(ada.email, /authenticator app was added/), "/not-me/"));
    assert.deepEqual(await readFactors(ada), { app: true, use: true, passkeys: ["Key"], codes: 0, made: false });
  });

  test("they are removed too if another account has the email", async () => {
    const ada = await member();
    const { link } = await createIntruder(ada);
    await User.updateOne({ _id: ada.id }, { passkeys: [createPasskey(new Date())] });
    await (await account(ada)).invalidatePassword({
      link: (await MailedLink.find(getSecret(link), "not-me"))?.link,
    });
    assert.deepEqual(await readFactors(ada), none);
    assert.equal((await account(ada)).passwordHash, undefined);
  });
});
