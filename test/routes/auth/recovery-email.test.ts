import "../../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { User } from "../../../src/models/user.js";
import {
  addRecoveryEmail,
  askForRecoveryEmail,
  askToChange,
  linkFor,
  press,
  pressTwentyTimes,
} from "../../support/mail/links.js";
import { linkIn, mailAbout, mailsTo } from "../../support/mailbox.js";
import { until } from "../../support/until.js";
import { type Member, member, newPerson } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";

const HOURS = 3_600_000;
const fresh = "a-Bell-in-the-tower";
const account = ({ username }: { username: string }) => User.findOne({ username }, "+passwordHash").orFail();
const login = (login: string, password: string) => visitor().submit("/login", { login, password });

/** Moves what the account knows about its recovery email into the past. */
async function age({ username }: Member, hours = 100) {
  const { recoveryEmail } = await account({ username });
  const since = new Date((recoveryEmail?.since.getTime() ?? 0) - hours * HOURS);
  await User.updateOne({ username }, { $set: { "recoveryEmail.since": since } });
}

/** Requests a reset as a stranger and returns its link. */
async function askForReset(email: string, text = "") {
  await visitor().submit("/password-reset", { email });
  return linkIn(await mailAbout(email, /Reset your password/, text), "/password-reset/");
}

describe("the confirmation link", () => {
  test("opening it changes nothing; the button works once and then shows that it is done", async () => {
    const ada = await member();
    const { email } = newPerson();
    const { confirm } = await askForRecoveryEmail(ada, email);
    const page = await visitor().get(confirm);
    assert.equal(page.text.match(/<button/g)?.length, 1);
    assert.equal((await visitor().request(confirm, { method: "HEAD" })).status, 200);
    assert.equal((await account(ada)).recoveryEmail, null);
    assert.deepEqual(await pressTwentyTimes(confirm), Array(20).fill(303));
    assert.equal((await account(ada)).recoveryEmail?.address, email);
    assert.match((await visitor().get(confirm)).text, /is confirmed/);
    await mailAbout(ada.email, /was added/);
    assert.equal((await mailsTo(ada.email)).length, 1);
    await ada.submit("/account/addresses", {}, "/account/addresses/remove");
    assert.equal((await visitor().get(confirm)).status, 404, "a link does not add it again");
  });

  test("a new password makes it invalid", async () => {
    const ada = await member();
    const { confirm } = await askForRecoveryEmail(ada, newPerson().email);
    await (await account(ada)).setPassword(fresh);
    assert.equal((await visitor().get(confirm)).status, 404);
  });

  test("another account's recovery email cannot be confirmed, and the page says so", async () => {
    const [ada, bob] = [await member(), await member()];
    const email = await addRecoveryEmail(ada);
    const { confirm } = await askForRecoveryEmail(bob, email);
    const page = await press(confirm);
    assert.equal(page.status, 409);
    assert.match(page.text, /belongs to another account/);
    assert.equal((await account(bob)).recoveryEmail, null);
  });

  test("if two users confirm the same address at once, one of them gets it", async () => {
    const { email } = newPerson();
    const people = await Promise.all([member(), member()]);
    const links = await Promise.all(people.map((one) => linkFor(one, "recovery-email", email)));
    const statuses = (await Promise.all(links.map((link) => press(link)))).map(({ status }) => status);
    assert.deepEqual(statuses.sort(), [303, 409]);
    assert.equal(await User.countDocuments({ "recoveryEmail.address": email }), 1);
  });

  test("another account's primary email can be confirmed by its owner", async () => {
    const [ada, bob] = [await member(), await member()];
    await addRecoveryEmail(ada, bob);
    assert.equal((await account(ada)).recoveryEmail?.address, bob.email);
    const reset = await askForReset(bob.email);
    assert.match(
      (await visitor().get(reset)).text,
      new RegExp(bob.username),
      "a reset is for the primary email's account",
    );
  });

  test("the link for another purpose or with a wrong secret gives 404", async () => {
    const ada = await member();
    const { confirm } = await askForRecoveryEmail(ada, newPerson().email);
    const secret = confirm.split("/").at(-1) ?? "";
    for (const path of [
      `/email-change/${secret}`,
      `/not-me/${secret}`,
      `/recovery-email/${secret}A`,
      "/recovery-email/null",
    ])
      assert.equal((await visitor().get(path)).status, 404, path);
  });
});

test("security notices go to both addresses, each with a link of its own", async () => {
  const ada = await member();
  const email = await addRecoveryEmail(ada);
  await login(ada.username, ada.password);
  const token = { description: "Backup", scopes: "posts.read", expiresInDays: "30" };
  assert.ok([200, 201, 303].includes((await ada.submit("/account/api-tokens", token)).status));
  const change = { currentPassword: ada.password, password: fresh };
  assert.equal((await ada.submit("/account/password", change)).status, 303);
  for (const about of [/new (device|browser)/i, /token/i, /password was changed/]) {
    const links = [];
    for (const to of [ada.email, email]) links.push(linkIn(await mailAbout(to, about), "/not-me/"));
    assert.notEqual(links[0], links[1]);
    for (const link of links) assert.equal((await visitor().get(link)).status, 200);
  }
});

describe("recovery", () => {
  test("with a reset by the recovery email, the user logs in and changes the lost primary email", async () => {
    const ada = await member();
    const email = await addRecoveryEmail(ada);
    const reset = await askForReset(email, ada.username);
    assert.ok(!(await mailsTo(ada.email)).some(({ text }) => text.includes("/password-reset/")));
    assert.equal((await visitor().submit(reset, { password: fresh })).status, 303);
    assert.equal((await login(ada.username, ada.password)).status, 401);
    for (const to of [ada.email, email]) assert.ok(linkIn(await mailAbout(to, /password was changed/), "/not-me/"));
    const browser = visitor();
    assert.equal((await browser.submit("/login", { login: ada.username, password: fresh })).status, 303);
    const next = newPerson().email;
    const { confirm } = await askToChange({ ...browser, email: ada.email, password: fresh }, next);
    assert.equal((await press(confirm)).status, 303);
    const user = await account(ada);
    assert.deepEqual([user.email, user.recoveryEmail?.address], [next, email]);
  });

  test("a reset by the primary email still works, and its link dies with the one by the recovery email", async () => {
    const ada = await member();
    const email = await addRecoveryEmail(ada);
    const [first, second] = [await askForReset(ada.email), await askForReset(email)];
    assert.equal((await visitor().submit(second, { password: fresh })).status, 303);
    assert.equal((await visitor().get(first)).status, 404);
    await visitor().submit("/password-reset", { email: ada.email });
    const resets = async () => (await mailsTo(ada.email)).filter(({ subject }) => /Reset your password/.test(subject));
    await until("the second link arrived", async () => (await resets()).length === 2);
    const third = linkIn((await resets())[0] ?? { text: "" }, "/password-reset/");
    assert.equal((await visitor().submit(third, { password: ada.password })).status, 303);
    assert.equal((await login(ada.email, ada.password)).status, 303);
  });

  test("a reset link dies when the recovery email is removed", async () => {
    const ada = await member();
    const email = await addRecoveryEmail(ada);
    const reset = await askForReset(email);
    await ada.submit("/account/addresses", {}, "/account/addresses/remove");
    assert.equal((await visitor().get(reset)).status, 404);
    await visitor().submit("/password-reset", { email });
    await mailAbout(email, /no account/i);
  });

  test("a stranger's registration with the recovery email does not get its resets", async () => {
    const ada = await member();
    const email = await addRecoveryEmail(ada);
    const stranger = visitor();
    await stranger.submit("/register", { ...newPerson(), email });
    await stranger.submit("/password-reset", { email });
    const mail = await mailAbout(email, /Reset your password/);
    assert.match(mail.text, new RegExp(`Hi ${ada.username}`));
  });

  test("a recovery email that becomes the primary email is no longer the recovery email", async () => {
    const ada = await member();
    const email = await addRecoveryEmail(ada);
    const { confirm } = await askToChange(ada, email);
    assert.equal((await press(confirm)).status, 303);
    const user = await account(ada);
    assert.deepEqual([user.email, user.recoveryEmail], [email, null]);
    assert.equal((await login(email, ada.password)).status, 303);
  });

  test("a disabled user gets the explanation at the recovery email", async () => {
    const ada = await member();
    const email = await addRecoveryEmail(ada);
    await (await account(ada)).disable();
    await visitor().submit("/password-reset", { email });
    await mailAbout(email, /disabled/i);
  });
});

describe("this wasn't me", () => {
  test("the primary email's link removes a recovery email that an intruder has just added", async () => {
    const ada = await member();
    const theirs = await addRecoveryEmail(ada);
    const reset = await askForReset(theirs);
    const notMe = linkIn(await mailAbout(ada.email, /was added/), "/not-me/");
    assert.match((await visitor().get(notMe)).text, new RegExp(theirs));
    const also = await linkFor(ada, "not-me", theirs);
    assert.equal((await press(notMe)).status, 303);
    const user = await account(ada);
    assert.deepEqual([user.recoveryEmail, user.formerRecoveryEmail, user.passwordHash], [null, null, undefined]);
    for (const link of [reset, also]) assert.equal((await visitor().get(link)).status, 404);
    assert.ok(await mailAbout(ada.email, /Reset your password/));
    assert.ok(!(await mailsTo(theirs)).some(({ subject }) => /was removed/.test(subject)));
  });

  test("the primary email's link stops a recovery email that is still pending", async () => {
    const ada = await member();
    const { confirm } = await askForRecoveryEmail(ada, newPerson().email);
    assert.equal((await press(await linkFor(ada, "not-me"))).status, 303);
    assert.equal((await visitor().get(confirm)).status, 404);
  });

  test("the primary email's link keeps a recovery email of more than three days, which gets a notice", async () => {
    const ada = await member();
    const email = await addRecoveryEmail(ada);
    await age(ada);
    await press(await linkFor(ada, "not-me"));
    assert.equal((await account(ada)).recoveryEmail?.address, email);
    assert.ok(linkIn(await mailAbout(email, /account was secured/), "/not-me/"));
  });

  test("the recovery email's link secures the account, and sends the reset link there and a notice to the primary email", async () => {
    const ada = await member();
    const email = await addRecoveryEmail(ada);
    assert.equal((await press(await linkFor(ada, "not-me", email))).status, 303);
    const user = await account(ada);
    assert.deepEqual([user.email, user.recoveryEmail?.address, user.passwordHash], [ada.email, email, undefined]);
    const reset = linkIn(await mailAbout(email, /Reset your password/), "/password-reset/");
    assert.equal((await visitor().get(reset)).status, 200);
    assert.ok(linkIn(await mailAbout(ada.email, /account was secured/), "/not-me/"));
  });

  test("the recovery email's link undoes both, if an intruder changed the primary email and removed the recovery email", async () => {
    const ada = await member();
    const email = await addRecoveryEmail(ada);
    await age(ada);
    const theirs = newPerson().email;
    await press((await askToChange(ada, theirs)).confirm, ada);
    await ada.submit("/account/addresses", {}, "/account/addresses/remove");
    await press(await linkFor(ada, "not-me", theirs));
    const link = linkIn(await mailAbout(email, /was removed/), "/not-me/");
    const page = await visitor().get(link);
    assert.match(page.text, new RegExp(`goes back to <strong class="address">${ada.email}`));
    assert.match(page.text, new RegExp(`${email}</strong> again`));
    assert.equal((await press(link)).status, 303);
    const user = await account(ada);
    assert.deepEqual([user.email, user.recoveryEmail?.address], [ada.email, email]);
    assert.equal((await visitor().get(await linkFor(ada, "not-me", theirs))).status, 404);
  });

  test("the primary email wins over a recovery email that came back", async () => {
    const ada = await member();
    const email = await addRecoveryEmail(ada);
    await age(ada);
    await ada.submit("/account/addresses", {}, "/account/addresses/remove");
    await press(linkIn(await mailAbout(email, /was removed/), "/not-me/"));
    assert.equal((await account(ada)).recoveryEmail?.address, email);
    await press(linkIn(await mailAbout(ada.email, /account was secured/), "/not-me/"));
    const user = await account(ada);
    assert.deepEqual([user.recoveryEmail, user.formerRecoveryEmail], [null, null]);
  });

  test("an intruder who changed the primary email cannot remove an older recovery email with a link", async () => {
    const ada = await member();
    const email = await addRecoveryEmail(ada);
    const theirs = newPerson().email;
    await press((await askToChange(ada, theirs)).confirm, ada);
    await press(await linkFor(ada, "not-me", theirs));
    assert.equal((await account(ada)).recoveryEmail?.address, email);
  });

  test("the link no longer works three days after the removal", async () => {
    const ada = await member();
    const email = await addRecoveryEmail(ada);
    await ada.submit("/account/addresses", {}, "/account/addresses/remove");
    await User.updateOne({ username: ada.username }, { $set: { "formerRecoveryEmail.until": new Date() } });
    assert.equal((await visitor().get(await linkFor(ada, "not-me", email))).status, 404);
  });
});

test("the recovery email's undo link keeps or restores the primary email", async () => {
  for (const isConfirmed of [false, true]) {
    const ada = await member();
    const email = await addRecoveryEmail(ada);
    const { confirm } = await askToChange(ada, newPerson().email);
    if (isConfirmed) await press(confirm, ada);
    const undo = linkIn(await mailAbout(email, /about to change/), "/email-undo/");
    assert.match((await visitor().get(undo)).text, new RegExp(ada.email));
    const browser = visitor();
    assert.equal((await press(undo, browser)).status, 303);
    assert.match((await browser.get("/login")).text, new RegExp(`is ${ada.email}`));
    const user = await account(ada);
    assert.deepEqual([user.email, user.recoveryEmail?.address], [ada.email, email]);
    assert.equal((await visitor().get(confirm)).status, 404);
    assert.match((await visitor().get(undo)).text, /has been undone/);
  }
});
