import "../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { User } from "../../../src/models/user.js";
import { askToChange, linkFor, press, pressTwentyTimes } from "../../support/mail/links.js";
import { linkIn, mailAbout } from "../../support/mailbox.js";
import { type Member, member, newPerson } from "../../support/users.js";
import { type Visitor, visitor } from "../../support/visitor.js";

const HOURS = 3_600_000;
const account = ({ username }: { username: string }) => User.findOne({ username }).orFail();
const isIn = async (browser: Visitor) => (await browser.get("/dashboard")).status === 200;

/** Changes the email and confirms the change, as an intruder in the user's own browser. */
async function change(ada: Member, from = ada.email) {
  const { email } = newPerson();
  const { confirm, undo } = await askToChange({ ...ada, email: from }, email);
  assert.equal((await press(confirm, ada)).status, 303);
  return { email, undo };
}

test("undoing before the confirmation cancels the change, ends all sessions, and makes the other link invalid", async () => {
  const ada = await member();
  const { email } = newPerson();
  const { confirm, undo } = await askToChange(ada, email);
  const page = await visitor().get(undo);
  assert.equal(page.status, 200);
  assert.match(page.text, /keeps the address <strong class="address">/);
  assert.equal((await visitor().get(confirm)).status, 200, "opening the undo link changes nothing");
  const phone = visitor();
  assert.equal((await press(undo, phone)).location, "/login");
  assert.match((await phone.get("/login")).text, /Everyone has been logged out/);
  assert.equal((await visitor().get(confirm)).status, 404);
  assert.ok(!(await isIn(ada)));
  const user = await account(ada);
  assert.equal(user.email, ada.email);
  const events = (await AuditEvent.listForUser(user.id)).events.map(({ event }) => event);
  assert.equal(events[0], "email.change-cancelled");
});

test("undoing after the confirmation restores the old email", async () => {
  const ada = await member();
  const { email, undo } = await change(ada);
  assert.equal((await account(ada)).email, email);
  assert.match((await visitor().get(undo)).text, /change it back to <strong class="address">/);
  assert.equal((await press(undo)).status, 303);
  assert.equal((await account(ada)).email, ada.email);
  assert.ok(!(await isIn(ada)), "the intruder is logged out");
  assert.equal((await visitor().submit("/login", { login: ada.email, password: ada.password })).status, 303);
  assert.equal((await visitor().submit("/login", { login: email, password: ada.password })).status, 401);
});

test("twenty clicks on the button, and opening the link later, show success, and the change is undone once", async () => {
  const ada = await member();
  const { undo } = await change(ada);
  const { sessionEpoch } = await account(ada);
  assert.deepEqual(await pressTwentyTimes(undo), Array(20).fill(303));
  assert.equal((await account(ada)).sessionEpoch, sessionEpoch + 1);
  assert.equal((await account(ada)).email, ada.email);
  const page = await visitor().get(undo);
  assert.match(page.text, /The email change has been undone/);
  assert.match(page.text, /href="\/password-reset">Choose a new password/);
});

test("if a change is confirmed and undone at once, the account keeps the old email", async () => {
  for (let n = 0; n < 6; n += 1) {
    const ada = await member();
    const { confirm, undo } = await askToChange(ada, newPerson().email);
    const [first, second] = n % 2 ? [confirm, undo] : [undo, confirm];
    const statuses = (await Promise.all([press(first), press(second)])).map(({ status }) => status);
    assert.ok(statuses.includes(303), String(statuses));
    assert.equal((await account(ada)).email, ada.email);
    assert.ok(!(await isIn(ada)));
  }
});

test("undoing the first of two changes restores the first email", async () => {
  const ada = await member();
  const first = await change(ada);
  const second = await change(ada, first.email);
  assert.equal((await account(ada)).email, second.email);
  assert.equal((await press(first.undo)).status, 303);
  assert.equal((await account(ada)).email, ada.email);
  assert.equal((await visitor().get(second.undo)).status, 404, "the undo link to the second email is invalid");
});

test("undoing the second and then the first change restores the emails step by step", async () => {
  const ada = await member();
  const first = await change(ada);
  const second = await change(ada, first.email);
  assert.equal((await press(second.undo)).status, 303);
  assert.equal((await account(ada)).email, first.email);
  assert.equal((await press(first.undo)).status, 303);
  assert.equal((await account(ada)).email, ada.email);
});

test("an intruder's own undo links restore nothing after the owner has undone the change", async () => {
  const ada = await member();
  const { email, undo } = await change(ada);
  const { undo: intruders } = await askToChange({ ...ada, email }, newPerson().email);
  const alsoTheirs = await linkFor(ada, "not-me", email);
  assert.equal((await press(undo)).status, 303);
  for (const link of [intruders, alsoTheirs]) {
    assert.equal((await visitor().get(link)).status, 404);
    assert.equal((await visitor().submit("/login", {}, link)).status, 404);
  }
  assert.equal((await account(ada)).email, ada.email);
});

test("the owner's undo link works even if an intruder changed the email several times", async () => {
  const ada = await member();
  const { undo, email } = await change(ada);
  let from = email;
  for (let n = 0; n < 7; n += 1) from = (await change(ada, from)).email;
  assert.equal((await press(undo)).status, 303);
  assert.equal((await account(ada)).email, ada.email);
});

test("if another account has the old email, undoing does not restore it, but ends all sessions", async () => {
  const ada = await member();
  const { email, undo } = await change(ada);
  const anew = await member();
  await User.updateOne({ username: anew.username }, { $set: { email: ada.email } });
  const page = await press(undo);
  assert.equal(page.status, 409);
  assert.match(page.text, /be restored to/);
  assert.equal((await account(ada)).email, email);
  assert.equal((await account(anew)).email, ada.email);
  assert.ok(!(await isIn(ada)));
  assert.ok(await isIn(anew));
});

test("the undo link stays valid if an intruder sets a new password or requests more changes", async () => {
  const ada = await member();
  const { undo } = await askToChange(ada, newPerson().email);
  await askToChange(ada, newPerson().email);
  await (await account(ada)).setPassword("another-Sturdy-gate");
  assert.equal((await press(undo)).status, 303);
});

test("undoing ends only the sessions of the user, even in another user's browser", async () => {
  const [ada, bob] = [await member(), await member()];
  const { undo } = await change(ada);
  assert.equal((await press(undo, bob)).status, 303);
  assert.ok(await isIn(bob));
  const { undo: own } = await askToChange(await again(ada), newPerson().email);
  assert.equal((await press(own, ada)).status, 303);
  assert.ok(!(await isIn(ada)));
});

async function again(ada: Member) {
  await ada.submit("/login", { login: ada.username, password: ada.password });
  return ada;
}

test("the email to the new address contains no undo link", async () => {
  const ada = await member();
  const { email } = await change(ada);
  assert.throws(() => linkIn({ text: "" }, "/email-undo/"));
  assert.doesNotMatch((await mailAbout(email, /new email address/)).text, /email-undo|not-me/);
});

describe("expiry", () => {
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
  afterEach(() => mock.timers.reset());

  test("the undo link is valid for exactly three days", async () => {
    const [ada, bob] = [await member(), await member()];
    const [undo, late] = [(await change(ada)).undo, (await change(bob)).undo];
    mock.timers.tick(72 * HOURS - 10_000);
    assert.equal((await press(undo)).status, 303);
    assert.equal((await account(ada)).email, ada.email);
    mock.timers.tick(10_000);
    assert.equal((await visitor().get(late)).status, 404);
    assert.equal((await visitor().submit("/login", {}, late)).status, 404);
    assert.notEqual((await account(bob)).email, bob.email);
  });

  test("a change can be undone even after many earlier changes have expired", async () => {
    const ada = await member();
    let from = ada.email;
    for (let n = 0; n < 6; n += 1) from = (await change(ada, from)).email;
    mock.timers.tick(72 * HOURS);
    await ada.submit("/login", { login: ada.username, password: ada.password });
    const { undo } = await change(ada, from);
    assert.equal((await press(undo)).status, 303);
    assert.equal((await account(ada)).email, from);
  });
});
