import "../../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { trusted } from "mongoose";
import { config } from "../../../../src/config/index.js";
import { AuditEvent } from "../../../../src/models/audit-event.js";
import { User } from "../../../../src/models/user.js";
import { dropAbandonedSignUps } from "../../../../src/services/account/deletion.js";
import { hooks } from "../../../../src/services/hooks/account-hooks.js";
import { linkFor, press } from "../../../support/mail/links.js";
import { linkIn, mailAbout } from "../../../support/mailbox.js";
import {
  askOptions,
  authenticator,
  passkeyMember,
  readOptions,
  sendSignUp,
  signedUpWithPasskey,
  usePasskey,
} from "../../../support/users/passkeys.js";
import { member, newPerson, signedUp } from "../../../support/users.js";
import { readToken, type Visitor, visitor } from "../../../support/visitor.js";

const CODES = "/account/factors/recovery-codes";
const STEP = "/login/second-factor";
const DAYS = 86_400_000;
const read = ({ username }: { username: string }) => User.findOne({ username }).select("+passwordHash").orFail();
const count = ({ username }: { username: string }) => User.countDocuments({ username });
const isIn = async (browser: Visitor) => (await browser.get("/dashboard")).status === 200;
const findSignal = (text: string) => /data-passkey-signal="([^"]*)"/.exec(text)?.[1] ?? "";
const create = async (browser: Visitor, { username, email }: { username: string; email: string }) =>
  authenticator().create(await readOptions(browser, "sign-up", { username, email }));

/** Sends the form with this passkey. */
const send = (browser: Visitor, { username, email }: { username: string; email: string }, credential: string) =>
  browser.submit("/register", { username, email, credential }, "/register/passkey");

describe("registering with a passkey", () => {
  test("opens an account without a password, and the passkey logs in after the email is confirmed", async () => {
    const ada = await signedUpWithPasskey();
    const user = await read(ada);
    assert.equal(user.passwordHash, undefined);
    assert.deepEqual(
      user.passkeys.map(({ credential }) => credential),
      [ada.passkey.id],
    );
    assert.equal((await ada.get("/dashboard")).location, "/login", "nobody is logged in yet");
    const { events } = await AuditEvent.listForUser(user.id);
    assert.deepEqual(
      events.map(({ event }) => event),
      ["user.registered"],
    );
    const link = linkIn(await mailAbout(ada.email, /Confirm/), "/email-confirmation/");
    assert.equal((await press(link, ada)).location, STEP);
    const page = await usePasskey(ada, ada.passkey, { purpose: "factor" });
    assert.deepEqual([page.status, page.location], [303, CODES], page.text);
    assert.equal((await ada.get(CODES)).status, 200, "recovery codes are offered, without another proof");
    await ada.submit("/dashboard", {}, "/logout");
    assert.equal((await usePasskey(ada, ada.passkey)).location, "/dashboard");
  });

  test("stores the passkey for the account's own id", async () => {
    const browser = visitor();
    const ada = newPerson();
    const options = await readOptions(browser, "sign-up", { username: ada.username });
    assert.equal((options.user as { name?: string } | undefined)?.name, ada.username);
    const selection = options.authenticatorSelection as Record<string, unknown>;
    assert.deepEqual([selection.userVerification, selection.residentKey], ["required", "required"]);
    await send(browser, ada, authenticator().create(options));
    assert.equal(Buffer.from(options.user?.id ?? "", "base64url").toString("hex"), (await read(ada)).id);
  });

  test("logging in before the email is confirmed leads to the page that asks for it", async () => {
    const ada = await signedUpWithPasskey();
    const phone = visitor();
    assert.equal((await usePasskey(phone, ada.passkey)).location, "/email-confirmation");
    assert.match((await phone.get("/email-confirmation")).text, new RegExp(ada.email));
    const { email } = newPerson();
    assert.equal((await phone.submit("/email-confirmation", { email })).location, "/email-confirmation");
    assert.equal((await read(ada)).email, email, "the owner of the passkey can correct the address");
    assert.equal((await press(await linkFor(ada, "email-confirmation"), phone)).location, STEP);
  });

  test("a used account needs a recent login with the passkey before its unconfirmed address changes", async (t) => {
    const ada = await signedUpWithPasskey();
    await User.updateOne({ username: ada.username }, { lastLoginAt: new Date() }); // while no confirmation was required
    const browser = visitor();
    await usePasskey(browser, ada.passkey);
    assert.doesNotMatch((await browser.get("/email-confirmation")).text, /name="currentPassword"/);
    const now = Date.now();
    t.mock.method(Date, "now", () => now + 11 * 60_000);
    const page = await browser.submit("/email-confirmation", { email: newPerson().email });
    assert.equal(page.status, 422);
    assert.match(page.text, /log in again with your passkey/);
    t.mock.restoreAll();
    const { email } = newPerson();
    assert.equal((await browser.submit("/email-confirmation", { email })).status, 303);
    assert.equal((await read(ada)).email, email);
  });

  test("a reset by email gives a way in after the passkey is lost", async () => {
    const ada = await signedUpWithPasskey();
    await press(await linkFor(ada, "email-confirmation"), ada);
    const browser = visitor();
    const { password } = newPerson();
    const reset = await browser.submit(await linkFor(ada, "password-reset"), { password });
    assert.ok([200, 303].includes(reset.status), reset.text);
    assert.equal((await browser.submit("/login", { login: ada.username, password })).location, STEP);
    assert.match((await browser.get(STEP)).text, /lost-factor/);
  });
});

describe("a stranger who registers an address with a passkey", () => {
  test("loses it when the owner of the address opens the link and chooses a password", async () => {
    const eve = await signedUpWithPasskey();
    const owner = visitor();
    const link = await linkFor(eve, "email-confirmation");
    const page = await owner.get(link);
    assert.match(page.text, /and a passkey in another browser/);
    assert.doesNotMatch(page.text, /name="password"/);
    assert.match((await press(link, owner)).text, /Log in with your passkey, or choose a password/);
    assert.equal((await owner.submit(link, { newPassword: "a-Bell-in-the-tower" })).location, "/dashboard");
    assert.ok(await isIn(owner));
    assert.equal((await read(eve)).passkeys.length, 0);
    for (const browser of [eve, visitor()]) assert.equal((await usePasskey(browser, eve.passkey)).status, 401);
    assert.ok(!(await isIn(eve)));
  });

  test("loses it when the owner of the address resets the password", async () => {
    const eve = await signedUpWithPasskey();
    const owner = visitor();
    const { password } = newPerson();
    await owner.submit(await linkFor(eve, "password-reset"), { password });
    assert.equal((await owner.submit("/login", { login: eve.email, password })).location, "/dashboard");
    assert.equal((await read(eve)).passkeys.length, 0);
    assert.equal((await usePasskey(visitor(), eve.passkey)).status, 401);
  });
});

describe("a form that is refused", () => {
  const isRefused = (
    page: { status: number; text: string },
    { username, email }: { username: string; email: string },
  ) => {
    assert.equal(page.status, 422, page.text);
    assert.match(page.text, new RegExp(`value="${username}"`));
    assert.match(page.text, new RegExp(`value="${email}"`));
  };

  test("for a taken username keeps the input, and tells the browser to forget the new passkey", async () => {
    const ada = { ...newPerson(), username: (await member()).username };
    const [browser, passkey] = [visitor(), authenticator()];
    const page = await sendSignUp(browser, ada, { passkey });
    isRefused(page, ada);
    assert.match(page.text, /This username is taken/);
    assert.match(findSignal(page.text), new RegExp(`unknown&#34;:&#34;${passkey.id}`));
  });

  test("for invalid fields shows the errors at the fields, before a passkey is created", async () => {
    const browser = visitor();
    const ada = { username: newPerson().username, email: "no-address" };
    assert.equal((await askOptions(browser, "sign-up", undefined, ada)).status, 400);
    assert.equal((await askOptions(browser, "sign-up", undefined, { email: newPerson().email })).status, 400);
    const page = await send(browser, ada, "");
    isRefused(page, ada);
    assert.match(page.text, /id="email-error"/);
    assert.equal(await count(ada), 0);
  });

  test("for a passkey that did not verify its user says so", async () => {
    const ada = newPerson();
    const page = await sendSignUp(visitor(), ada, { isVerified: false });
    isRefused(page, ada);
    assert.match(page.text, /your device didn&#39;t ask for your fingerprint/);
    assert.notEqual(findSignal(page.text), "");
    assert.equal(await count(ada), 0);
  });

  test("for an invalid passkey says so", async () => {
    for (const credential of ["", "{", "null", "[]", "{}", '{"id":{"$ne":1},"response":{}}', "x".repeat(20_000)]) {
      const ada = newPerson();
      const browser = visitor();
      await readOptions(browser, "sign-up", { username: ada.username });
      const page = await send(browser, ada, credential);
      isRefused(page, ada);
      assert.match(page.text, /passkey/);
      assert.equal(await count(ada), 0, credential.slice(0, 40));
    }
    const ada = newPerson();
    isRefused(await sendSignUp(visitor(), ada, { origin: "https://evil.example" }), ada);
  });

  test("for a wrong field names only that field: the browser has not created a passkey", async () => {
    const ada = { ...newPerson(), username: "x y" };
    const page = await send(visitor(), ada, "");
    isRefused(page, ada);
    assert.match(page.text, /id="username-error"/);
    assert.doesNotMatch(page.text, /send a passkey/);
  });

  test("for a passkey that an account has already says so", async () => {
    const eve = await passkeyMember();
    const ada = newPerson();
    const page = await sendSignUp(visitor(), ada, { passkey: eve.passkey });
    isRefused(page, ada);
    assert.match(page.text, /This passkey already belongs to an account/);
    assert.equal(findSignal(page.text), "", "the browser keeps it");
    assert.equal(await count(ada), 0);
  });

  test("because it has expired keeps the input", async () => {
    const { username, email } = newPerson();
    const page = await visitor().send("/register/passkey", { username, email, credential: "x" });
    assert.equal(page.status, 403);
    assert.match(page.text, new RegExp(`value="${username}"[\\s\\S]*value="${email}"`));
  });

  test("by a rule of the site shows its message", async (t) => {
    t.mock.method(hooks, "beforeRegistration", async () => "Ask your manager first.");
    const ada = newPerson();
    const page = await sendSignUp(visitor(), ada);
    isRefused(page, ada);
    assert.match(page.text, /Ask your manager first/);
  });

  test("for a username that this browser registered says how to go on", async () => {
    const ada = await signedUpWithPasskey();
    const again = await sendSignUp(ada, { username: ada.username, email: newPerson().email });
    assert.match(again.text, /To change the address, log in with your passkey/);
    const byPassword = await ada.submit("/register", { ...newPerson(), username: ada.username });
    assert.match(byPassword.text, /To change the address, log in with your passkey/);
    const eve = await signedUp();
    const other = await sendSignUp(eve, { username: eve.username, email: newPerson().email });
    assert.match(other.text, /enter the password you chose/);
    assert.match((await sendSignUp(visitor(), ada)).text, /This username is taken/);
  });
});

test("a taken email gets the same answer as a free one, and its owner another email", async () => {
  const owner = await member();
  const [taken, free] = [{ username: newPerson().username, email: owner.email }, newPerson()];
  const [first, second] = [await sendSignUp(visitor(), taken), await sendSignUp(visitor(), free)];
  assert.deepEqual([first.status, first.location, first.text], [second.status, second.location, second.text]);
  assert.equal(first.location, "/email-confirmation");
  assert.match((await mailAbout(owner.email, /already/)).text, new RegExp(owner.username));
});

describe("the challenge of a registration", () => {
  test("works once", async () => {
    const [ada, eve, browser] = [newPerson(), newPerson(), visitor()];
    const credential = await create(browser, ada);
    assert.equal((await send(browser, ada, credential)).status, 303);
    const again = await send(browser, ada, credential);
    assert.deepEqual([again.status, again.location], [303, "/login"]);
    assert.match((await browser.get("/login")).text, /already signed up. Log in with your passkey/);
    assert.equal((await browser.get("/dashboard")).status, 303);
    const page = await send(browser, eve, credential);
    assert.equal(page.status, 422);
    assert.match(page.text, /This passkey already belongs to an account\. Log in with it/);
    assert.deepEqual([await count(ada), await count(eve)], [1, 0]);
  });

  test("of 20 requests with one challenge, one opens an account", async () => {
    const browser = visitor();
    const options = await readOptions(browser, "sign-up", { username: newPerson().username });
    const _csrf = readToken((await browser.get("/register")).text);
    const cookie = [...browser.cookies].map((pair) => pair.join("=")).join("; ");
    const people = Array.from({ length: 20 }, () => newPerson());
    const answers = await Promise.all(
      people.map(({ username, email }) => {
        const credential = authenticator().create(options);
        return visitor().send("/register/passkey", { _csrf, username, email, credential }, { cookie });
      }),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, ...Array(19).fill(422)]);
    const usernames = people.map(({ username }) => username);
    assert.equal(await User.countDocuments({ username: trusted({ $in: usernames }) }), 1);
  });

  test("belongs to one browser", async () => {
    const ada = newPerson();
    const credential = await create(visitor(), ada);
    const other = visitor();
    await readOptions(other, "sign-up", { username: ada.username });
    assert.equal((await send(other, ada, credential)).status, 422);
    assert.equal(await count(ada), 0);
  });

  test("belongs to one purpose", async () => {
    const ada = newPerson();
    const browser = visitor();
    const login = authenticator().create({
      ...(await readOptions(browser, "login")),
      user: { id: "AAAAAAAAAAAAAAAA" },
    });
    assert.equal((await send(browser, ada, login)).status, 422);
    const eve = await passkeyMember();
    const registering = authenticator().create(await readOptions(eve, "register"));
    await eve.submit("/dashboard", {}, "/logout");
    assert.equal((await send(eve, ada, registering)).status, 422);
    assert.equal(await count(ada), 0);
    const use = eve.passkey.use(await readOptions(browser, "sign-up", { username: ada.username }));
    assert.equal((await browser.submit("/login", { credential: use }, "/passkeys/login")).status, 401);
    assert.ok(!(await isIn(browser)));
    const adding = await member();
    const credential = await create(visitor(), ada);
    assert.equal((await adding.submit("/account/passkeys", { name: "", credential })).status, 422);
  });

  test("is given to visitors only, and only while registration is open", async () => {
    const { username } = newPerson();
    const ada = await member();
    assert.equal((await askOptions(ada, "sign-up", "/account/profile", { username })).status, 400);
  });
});

describe("where registration is not open", () => {
  afterEach(() => {
    config.registration = "open";
  });
  for (const mode of ["invite", "closed"] as const) {
    test(`REGISTRATION=${mode}: a form opened earlier creates no account`, async () => {
      const ada = newPerson();
      const browser = visitor();
      const credential = await create(browser, ada);
      const _csrf = readToken((await browser.get("/register")).text);
      config.registration = mode;
      const { username, email } = ada;
      const page = await browser.send("/register/passkey", { _csrf, username, email, credential });
      assert.equal(page.status, 403);
      assert.equal((await askOptions(browser, "sign-up", "/login", { username })).status, 400);
      assert.equal(await count(ada), 0);
    });
  }
});

describe("a registration with a passkey that is never confirmed", () => {
  const age = ({ username }: { username: string }, days: number) =>
    User.collection.updateOne({ username }, { $set: { createdAt: new Date(Date.now() - days * DAYS) } });

  test("frees its username after a day", async () => {
    const ada = await signedUpWithPasskey();
    await age(ada, 1.1);
    const eve = { ...newPerson(), username: ada.username };
    assert.equal((await sendSignUp(visitor(), eve)).status, 303);
    assert.equal((await read(ada)).email, eve.email);
  });

  test("is deleted after two days", async () => {
    const ada = await signedUpWithPasskey();
    await age(ada, 2.1);
    await dropAbandonedSignUps();
    assert.equal(await count(ada), 0);
    assert.match(
      findSignal((await usePasskey(visitor(), ada.passkey)).text),
      /unknown/,
      "the browser forgets the passkey",
    );
  });
});
