import assert from "node:assert/strict";
import { test } from "node:test";
import { MailedLink } from "../../../../src/models/mailed-link.js";
import { User } from "../../../../src/models/user.js";
import { mailAbout, mailsTo } from "../../../support/mailbox.js";
import { findAccount, fresh, logIn, resetLinkFor, sendRaw } from "../../../support/users/passwords.js";
import { type Member, member, newPerson, signedUp } from "../../../support/users.js";
import { readToken, visitor } from "../../../support/visitor.js";

test("requests in progress during a reset do not restore a session", async () => {
  const ada = await member();
  const link = await resetLinkFor(ada.email);
  const browser = visitor();
  const form = await browser.get(link);
  const _csrf = readToken(form.text);
  const busy = Array.from({ length: 20 }, () => ada.get("/dashboard"));
  const writing = Array.from({ length: 10 }, (_, n) => ada.submit("/account/profile", { bio: `line ${n}` }));
  assert.equal((await browser.send(link, { _csrf, password: fresh })).status, 303);
  await Promise.all([...busy, ...writing]);
  assert.equal((await ada.get("/dashboard")).location, "/login");
});

test("a reset link used twenty times at once sets one password and sends one email", async () => {
  const ada = await member();
  const link = await resetLinkFor(ada.email);
  const browsers = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const browser = visitor();
      const page = await browser.get(link);
      const _csrf = readToken(page.text);
      return { browser, fields: { _csrf, password: `${fresh}-${n}` } };
    }),
  );
  const answers = await Promise.all(browsers.map(({ browser, fields }) => browser.send(link, fields)));
  const statuses = answers.map(({ status }) => status);
  assert.deepEqual(statuses, Array(20).fill(303));
  const told20 = await Promise.all(browsers.map(({ browser }) => browser.get("/login")));
  const winners = told20.filter(({ text }) => /Your password has been reset/.test(text));
  assert.equal(winners.length, 1);
  for (const page of told20)
    if (page !== winners[0]) assert.match(page.text, /already been used to set a new password/);
  const winner = told20.indexOf(winners[0] as (typeof told20)[0]);
  assert.equal((await logIn(ada, `${fresh}-${winner}`)).status, 303);
  assert.equal((await logIn(ada, `${fresh}-${(winner + 1) % 20}`)).status, 401);
  await mailAbout(ada.email, /password was changed/i);
  const told = (await mailsTo(ada.email)).filter(({ subject }) => /password was changed/i.test(subject));
  assert.equal(told.length, 1);
});

test("opening a reset link several times changes nothing", async () => {
  const ada = await member();
  const link = await resetLinkFor(ada.email);
  const before = await findAccount(ada);
  for (let n = 0; n < 3; n++) {
    assert.equal((await visitor().request(link, { method: "HEAD" })).status, 200);
    assert.equal((await visitor().get(link)).status, 200);
  }
  assert.deepEqual((await findAccount(ada)).toObject(), before.toObject());
  assert.equal((await ada.get("/dashboard")).status, 200);
  assert.equal((await visitor().submit(link, { password: fresh })).status, 303);
});

test("an invalid new password shows an error and keeps the reset link valid", async () => {
  const ada = await member();
  const link = await resetLinkFor(ada.email);
  const refused: [string, RegExp][] = [
    ["", /Choose a password/],
    ["short", /at least 12 characters/],
    [`${ada.username}@example`, /use the username/],
    [`${ada.email}1`, /use the username/],
    ["x".repeat(257), /at most 256/],
    ["\ud800".repeat(12), /./],
  ];
  for (const [password, message] of refused) {
    const page = await visitor().submit(link, { password });
    assert.equal(page.status, 422, password);
    assert.match(page.text, message);
    assert.ok(password === "" || !page.text.includes(`value="${password}"`));
  }
  for (const fields of [`_password=${fresh}`, `password=${fresh}&password=${fresh}`, `password[]=${fresh}`]) {
    const browser = visitor();
    assert.equal((await sendRaw(browser, link, fields)).status, 422, fields);
  }
  assert.equal((await visitor().submit(link, { password: fresh, username: "root1" })).status, 422);
  assert.equal((await logIn(ada, ada.password)).status, 303, "the password is unchanged");
  assert.equal((await visitor().submit(link, { password: fresh })).status, 303);
  assert.equal((await logIn(ada, fresh)).status, 303);
});

/** Events that make a reset link invalid before it is used. */
const deaths: Record<string, (ada: Member, link: string) => Promise<unknown>> = {
  "it has expired after an hour": async (ada) => {
    const user = (await findAccount(ada))._id;
    const token = await MailedLink.findOne({ user, purpose: "password-reset" }).orFail();
    const left = token.expiresAt.getTime() - Date.now();
    assert.ok(left > 59 * 60_000 && left <= 60 * 60_000, String(left));
    await MailedLink.updateOne({ _id: token._id }, { $set: { expiresAt: new Date(Date.now() - 1) } });
  },
  "another one was requested": (ada) => resetLinkFor(ada.email),
  "the password was changed": (ada) =>
    ada.submit("/account/password", { currentPassword: ada.password, password: "yet-another-Bell-tower" }),
  "the email was changed": async (ada) => {
    const to = newPerson().email;
    assert.equal(await (await findAccount(ada)).changeEmail(to), "done");
  },
  "the owner took the account back": async (ada) => (await findAccount(ada)).invalidatePassword(),
  "the account was disabled": async (ada) => (await findAccount(ada)).disable(),
  "the account was disabled and enabled again": async (ada) => {
    await (await findAccount(ada)).disable();
    await (await findAccount(ada)).enable();
  },
  "the account was deleted": async (ada) => (await findAccount(ada)).deleteOne(),
};

for (const [death, cause] of Object.entries(deaths)) {
  test(`a reset link is invalid if ${death}`, async () => {
    const ada = await member();
    const link = await resetLinkFor(ada.email);
    await cause(ada, link);
    const stored = await User.findOne({ username: ada.username }).select("+passwordHash").lean();
    const page = await visitor().get(link);
    assert.equal(page.status, 404);
    assert.match(page.text, /is no longer valid/);
    assert.match(page.text, /href="\/password-reset"/);
    const browser = visitor();
    const answer = await browser.submit("/login", { password: "this-Would-be-mine-now" }, link);
    assert.equal(answer.status, 404);
    assert.deepEqual(await User.findOne({ username: ada.username }).select("+passwordHash").lean(), stored);
  });
}

test("a used reset link shows an error and changes nothing", async () => {
  const ada = await member();
  const link = await resetLinkFor(ada.email);
  const browser = visitor();
  const _csrf = readToken((await browser.get(link)).text);
  assert.equal((await browser.send(link, { _csrf, password: fresh })).status, 303);
  const stored = await User.findOne({ username: ada.username }).select("+passwordHash").lean();
  assert.equal((await browser.send(link, { _csrf, password: `${fresh}-other` })).location, "/login");
  assert.match((await browser.get("/login")).text, /already been used to set a new password/);
  assert.equal((await visitor().get(link)).location, "/login");
  assert.deepEqual(await User.findOne({ username: ada.username }).select("+passwordHash").lean(), stored);
});

test("a link of another kind, an incomplete link and random text give 404", async () => {
  const ada = await member();
  const user = await findAccount(ada);
  const id = await MailedLink.issue({ purpose: "not-me", user, email: ada.email });
  const { secret = "" } = (await MailedLink.revealForMail(id)) ?? {};
  const link = await resetLinkFor(ada.email);
  const own = link.slice("/password-reset/".length);
  for (const token of [secret, own.slice(0, -1), own.toUpperCase(), `${own}x`, "null", "undefined", "%00", "[object]"])
    assert.equal((await visitor().get(`/password-reset/${token}`)).status, 404, token);
  assert.equal((await visitor().get(link)).status, 200);
});

test("the reset link of a registration whose email was corrected gives 404", async () => {
  const eve = await signedUp();
  const link = await resetLinkFor(eve.email);
  const to = newPerson().email;
  assert.equal(await (await findAccount(eve)).correctEmail(to), "done");
  assert.equal((await visitor().get(link)).status, 404);
  assert.equal((await visitor().submit("/login", { password: fresh }, link)).status, 404);
  assert.equal((await findAccount(eve)).emailConfirmedAt, null);
});

test("if two registrations with the same email are reset at once, one succeeds", async () => {
  const one = await signedUp();
  const two = await signedUp({ ...newPerson(), email: one.email });
  const users = [await findAccount(one), await findAccount(two)];
  const links = await Promise.all(
    users.map(async (user) => {
      const sealed = await MailedLink.revealForMail(
        await MailedLink.issue({ purpose: "password-reset", user, email: one.email }),
      );
      return `/password-reset/${sealed?.secret}`;
    }),
  );
  const answers = await Promise.all(links.map((link) => visitor().submit(link, { password: fresh })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 404]);
  assert.equal(await User.countDocuments({ email: one.email }), 1);
});
