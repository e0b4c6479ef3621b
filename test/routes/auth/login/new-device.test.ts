import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { linkIn, mailAbout, mailsTo, newestMail } from "../../../support/mailbox.js";
import { type Member, registeredMember, signedUp } from "../../../support/users.js";
import { type Visitor, visitor } from "../../../support/visitor.js";

const NEW = /new (device|browser|sign-in)|new place/i;
const logIn = async (browser: Visitor, { username: login, password }: Pick<Member, "username" | "password">) =>
  assert.equal((await browser.submit("/login", { login, password })).status, 303);
const told = async ({ email }: { email: string }) => (await mailsTo(email)).filter(({ subject }) => NEW.test(subject));

test("the first login with a new browser sends an email with a link to report a stranger", async () => {
  const ada = await registeredMember();
  const phone = visitor();
  await logIn(phone, ada);
  const mail = await mailAbout(ada.email, NEW);
  assert.ok(linkIn(mail, "/not-me/"));
  await phone.submit("/dashboard", {}, "/logout");
  await logIn(phone, ada);
  await logIn(visitor(), await registeredMember());
  assert.equal((await told(ada)).length, 1, "the browser is already known");
});

test("a login in the browser that registered sends no email about a new device", async () => {
  const ada = await registeredMember();
  await ada.submit("/dashboard", {}, "/logout");
  await logIn(ada, ada);
  assert.equal((await newestMail(ada.email)).subject.match(NEW), null);
});

test("an account with an unconfirmed email gets no email about a new device", async () => {
  const ada = await signedUp();
  await logIn(visitor(), ada);
  await logIn(visitor(), ada);
  await newestMail(ada.email);
  assert.equal((await told(ada)).length, 0);
});

test("a device cookie that is unsigned or belongs to another user does not make a browser known", async () => {
  const [ada, eve] = [await registeredMember(), await registeredMember()];
  for (const planted of [eve.cookies.get("device") ?? "", "s%3Adevice%3Dx.y", "x"]) {
    const browser = visitor();
    browser.cookies.set("device", planted);
    await logIn(browser, ada);
  }
  await newestMail(ada.email, 4);
  assert.equal((await told(ada)).length, 3);
});

test("a device that the user ended counts as new at its next login", async () => {
  const ada = await registeredMember();
  const phone = visitor();
  await logIn(phone, ada);
  await mailAbout(ada.email, NEW);
  await ada.submit("/account/sessions", {}, "/account/sessions/end-others");
  await logIn(phone, ada);
  await newestMail(ada.email, 3);
  assert.equal((await told(ada)).length, 2);
});
