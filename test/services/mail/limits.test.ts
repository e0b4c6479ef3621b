import "../../support/settings/limits.js";
import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { allJobsDone } from "../../support/jobs/waiting.js";
import { linkIn, mailsTo } from "../../support/mailbox.js";
import { account } from "../../support/users/accounts.js";
import { member, newPerson } from "../../support/users.js";
import { readToken, visitor } from "../../support/visitor.js";

/** Gives each visitor a new network, so that only the limit of the address applies. */
let network = 0;
async function ask(path: string, fields: Record<string, string>) {
  const { get, send } = visitor();
  network += 1;
  const headers = { "x-forwarded-for": `203.0.113.${network}` };
  const _csrf = readToken((await get(path)).text);
  const { status, location, text } = await send(path, { _csrf, ...fields }, headers);
  return { status, location, text };
}

const allSent = () => allJobsDone("send-mail");

test("strangers can send an address at most five emails an hour, and the answers do not reveal the limit", async () => {
  const [known, unknown] = [newPerson(), newPerson()];
  await ask("/register", known);
  const answers = new Set<string>();
  for (const email of [known.email, unknown.email]) {
    for (let times = 0; times < 7; times += 1) {
      const answer = await ask("/email-confirmation", { email });
      assert.equal(answer.status, 303);
      answers.add(JSON.stringify(answer));
      await allSent(); // if two links are sent at once, the older one may become invalid before its email is written
    }
  }
  assert.equal(answers.size, 1);
  const [mails, others] = [await mailsTo(known.email), await mailsTo(unknown.email)];
  assert.deepEqual([mails.length, others.length], [6, 5], "the email of the registration is counted separately");

  const links = mails.map((mail) => linkIn(mail, "/email-confirmation/"));
  await ask("/email-confirmation", { email: known.email });
  await allSent();
  const working = await Promise.all(links.map(async (link) => (await visitor().get(link)).status));
  assert.deepEqual(
    working.filter((status) => status === 200).length,
    1,
    "a request above the limit keeps the last link valid",
  );
});

test("after strangers used up the emails of an address, the owner's browser can still request one", async () => {
  const ada = await account();
  const owner = visitor();
  await owner.submit("/login", { login: ada.username, password: ada.password });
  const count = async () => (await mailsTo(ada.email)).length;
  for (let times = 0; times < 6; times += 1) await ask("/password-reset", { email: ada.email });
  await allSent();
  const before = await count();
  await ask("/password-reset", { email: ada.email });
  await allSent();
  assert.equal(await count(), before, "strangers cannot send another email");
  owner.cookies.delete("session");
  await owner.submit("/password-reset", { email: ada.email });
  await allSent();
  assert.equal(await count(), before + 1);
});

test("the browser that registered can request a confirmation email after strangers used up the limit", async () => {
  const bob = newPerson();
  for (let times = 0; times < 6; times += 1) await ask("/email-confirmation", { email: bob.email });
  for (let times = 0; times < 6; times += 1) await ask("/register", { ...newPerson(), email: bob.email });
  const own = visitor();
  await own.submit("/register", bob);
  await allSent();
  const before = (await mailsTo(bob.email)).length;
  await own.submit("/email-confirmation", { email: bob.email });
  await allSent();
  const mails = await mailsTo(bob.email);
  assert.equal(mails.length, before + 1);
  linkIn(mails[0] ?? { text: "" }, "/email-confirmation/");
});

test("repeated registrations with an email do not block its owner's password reset", async () => {
  const { email } = await account();
  for (let times = 0; times < 6; times += 1) await ask("/register", { ...newPerson(), email });
  await ask("/password-reset", { email });
  await allSent();
  linkIn((await mailsTo(email))[0] ?? { text: "" }, "/password-reset/");
});

test("an address gets at most five emails an hour from all unconfirmed accounts together", async () => {
  const target = newPerson().email;
  for (let accounts = 0; accounts < 4; accounts += 1) {
    const who = visitor();
    await who.submit("/register", newPerson());
    for (let times = 0; times < 2; times += 1) await who.submit("/email-confirmation", { email: target });
  }
  await allSent();
  assert.equal((await mailsTo(target)).length, 5);
});

test("an address gets at most five emails an hour from all email changes, recovery emails and registrations together", async () => {
  const target = newPerson().email;
  const answers: string[] = [];
  for (let accounts = 0; accounts < 4; accounts += 1) {
    const [ada, who] = [await account(), visitor()];
    const headers = { "x-forwarded-for": `198.51.100.${accounts}` };
    const fill = async (path: string, fields: Record<string, string>) => {
      const { status, location } = await who.send(
        path,
        { _csrf: readToken((await who.get(path)).text), ...fields },
        headers,
      );
      answers.push(`${status} ${location}`);
      await allSent(); // a second request at the same time would make the first link invalid before its email is sent
    };
    await fill("/login", { login: ada.username, password: ada.password });
    for (let times = 0; times < 2; times += 1)
      await fill("/account/email", { email: target, currentPassword: ada.password });
  }
  assert.deepEqual(
    [...new Set(answers)],
    ["303 /dashboard", "303 /account/email"],
    "the answers do not reveal the limit",
  );
  assert.equal((await mailsTo(target)).length, 5);
  const carla = await member();
  await carla.submit("/account/addresses", { email: target, currentPassword: carla.password });
  const bob = visitor();
  await bob.submit("/register", newPerson());
  await bob.submit("/email-confirmation", { email: target });
  await allSent();
  assert.equal((await mailsTo(target)).length, 5);
});

test("a network can send to ten new addresses, by registering and by correcting registrations together", async () => {
  const headers = { "x-forwarded-for": "198.18.7.7" };
  const browser = visitor();
  const send = async (path: string, fields: Record<string, string>) =>
    browser.send(path, { _csrf: readToken((await browser.get(path)).text), ...fields }, headers);
  assert.equal((await send("/register", newPerson())).status, 303);
  const emails = Array.from({ length: 12 }, () => newPerson().email);
  let changed = 0;
  for (const email of emails) if ((await send("/email-confirmation", { email })).status === 303) changed += 1;
  assert.equal(changed, 9, "the registration counts as one of the ten");
  await allSent();
  const mailed = await Promise.all(emails.map(async (email) => (await mailsTo(email)).length));
  assert.equal(mailed.filter(Boolean).length, 9);
});
