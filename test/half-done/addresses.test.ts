import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createOnceKey } from "../../src/lib/once-keys.js";
import { Invitation } from "../../src/models/invitation.js";
import { MailedLink } from "../../src/models/mailed-link.js";
import { User } from "../../src/models/user.js";
import {
  type Answer,
  listEvents,
  press,
  subjectsTo,
  tryEveryFailure,
  type UseCase,
} from "../support/forms/half-done.js";
import { linkFor } from "../support/mail/links.js";
import { account, createdAccount } from "../support/users/accounts.js";
import { authenticator, readOptions } from "../support/users/passkeys.js";
import { newPerson } from "../support/users.js";
import { type Visitor, visitor } from "../support/visitor.js";

// All use cases about an email: registration, confirmation, correction, change, undo, reset, "this wasn't me" and
// invitation.

const fresh = "a-Bell-in-the-tower";
type Person = ReturnType<typeof newPerson>;
type There = Person & { id: string; browser: Visitor };
type WithLink = There & { link: string };
const read = ({ username }: { username: string }) => User.findOne({ username }).orFail();

/** The data of a user without an account, and a browser. */
const nobody = async () => ({ ...newPerson(), browser: visitor() });

/** A pending registration, and a browser that logged in to it. */
async function waiting(): Promise<There> {
  const person = newPerson();
  const user = await createdAccount(person);
  return { ...person, id: user?.id ?? "", browser: await logIn(person, "/email-confirmation") };
}

async function confirmed(): Promise<There> {
  const one = await account();
  return { ...one, browser: await logIn(one, "/dashboard") };
}

async function logIn({ username, password }: Person, location: string): Promise<Visitor> {
  const browser = visitor();
  assert.equal((await browser.submit("/login", { login: username, password })).location, location);
  return browser;
}

const withLink = async (
  there: Promise<There>,
  purpose: Parameters<typeof linkFor>[1],
  email?: string,
): Promise<WithLink> => {
  const person = await there;
  return { ...person, link: await linkFor(person, purpose, email) };
};

/** If a session cannot be stored, the connection ends without a response, and the user sends the form again. */
const cutOff = (): Answer => ({ status: 503, location: null, text: "the connection ended" });

const isSessionEvent = ["session.started", "session.refused"];
const events = (one: { id: string }) => listEvents(one, isSessionEvent);
const at = (page: string) => (answer: Answer) => assert.equal(answer.location, page);
/** Expects a page that says what was done, or a redirect: a browser that lost the response is sent to the login. */
const led =
  (...pages: string[]) =>
  (answer: Answer) =>
    assert.ok(
      answer.status === 200 || pages.includes(answer.location?.split("?")[0] ?? ""),
      `${answer.status} ${answer.location}`,
    );

/** The passkeys that browsers have created, by username. */
const createdPasskeys = new Map<string, string>();

const registrations: UseCase<Person & { browser: Visitor }>[] = [
  {
    name: "registering",
    prepare: nobody,
    act: ({ browser, username, email, password }, fault) =>
      press(browser, "/register", { username, email, password }, { fault, page: "/password-reset" }),
    async check(ada, answer) {
      at("/email-confirmation")(answer);
      const user = await read(ada);
      assert.deepEqual(await events(user), ["user.registered"]);
      assert.deepEqual(await subjectsTo(ada.email), ["Confirm your email address"]);
      assert.match((await ada.browser.get("/email-confirmation")).text, new RegExp(ada.email));
    },
  },
  {
    name: "registering with a passkey",
    prepare: nobody,
    /** The repeated form has the same passkey. If its challenge was used up in vain, the user creates another one. */
    async act({ browser, username, email }, fault) {
      const send = (credential: string) =>
        press(browser, "/register/passkey", { username, email, credential }, { fault, page: "/password-reset" });
      const before = createdPasskeys.get(username);
      const again = before === undefined ? null : await send(before);
      if (again && again.status < 400) return again;
      const credential = authenticator().create(await readOptions(browser, "sign-up", { username }));
      createdPasskeys.set(username, credential);
      return send(credential);
    },
    async check(ada, answer) {
      led("/email-confirmation", "/login")(answer);
      const user = await read(ada);
      assert.equal(user.passkeys.length, 1);
      assert.deepEqual(await events(user), ["user.registered"]);
      assert.deepEqual(await subjectsTo(ada.email), ["Confirm your email address"]);
    },
  },
];

const confirmations: UseCase<WithLink>[] = [
  {
    name: "confirming an email in the browser that signed up",
    prepare: () => withLink(waiting(), "email-confirmation"),
    act: ({ browser, link }, fault) => press(browser, link, {}, { fault, page: "/password-reset" }).catch(cutOff),
    async check(ada, answer) {
      led("/dashboard", "/login")(answer);
      const user = await read(ada);
      assert.ok(user.emailConfirmedAt);
      assert.equal(user.sessionEpoch, 1);
      assert.deepEqual(await events(ada), ["email.confirmed"]);
    },
  },
  {
    name: "confirming an email with a new password",
    prepare: () => withLink(waiting(), "email-confirmation"),
    act: ({ link }, fault) => press(visitor(), link, { newPassword: fresh }, { fault, page: "/password-reset" }),
    async check(ada) {
      assert.deepEqual(await events(ada), ["email.confirmed", "password.reset"]);
      await logIn({ ...ada, password: fresh }, "/dashboard");
    },
  },
  {
    name: "resetting a password",
    prepare: () => withLink(confirmed(), "password-reset"),
    act: ({ link }, fault) => press(visitor(), link, { password: fresh }, { fault, page: "/password-reset" }),
    async check(ada, answer) {
      at("/login")(answer);
      assert.deepEqual(await events(ada), ["password.reset"]);
      assert.deepEqual(await subjectsTo(ada.email), ["Your password was changed"]);
      await logIn({ ...ada, password: fresh }, "/dashboard");
    },
  },
  {
    name: "resetting the password of a sign-up, which confirms its email",
    prepare: () => withLink(waiting(), "password-reset"),
    act: ({ link }, fault) => press(visitor(), link, { password: fresh }, { fault, page: "/password-reset" }),
    async check(ada) {
      assert.deepEqual(await events(ada), ["email.confirmed", "password.reset"]);
      await logIn({ ...ada, password: fresh }, "/dashboard");
    },
  },
  {
    name: 'using a "this wasn\'t me" link',
    prepare: () => withLink(confirmed(), "not-me"),
    act: ({ link }, fault) => press(visitor(), link, {}, { fault, page: "/password-reset" }),
    async check(ada, answer) {
      at("/password-reset")(answer);
      assert.deepEqual(await events(ada), ["not-me"]);
      assert.deepEqual(await subjectsTo(ada.email), ["Reset your password"]);
    },
  },
];

/** Adds a once key, which a browser sends again with a repeated request. */
const keyed = async (there: Promise<There>) => ({ ...(await there), once: createOnceKey() });

/** A user who has not confirmed a new address yet. */
async function withPending(purpose: "email-change" | "recovery-email") {
  const ada = await keyed(confirmed());
  await linkFor(ada, purpose, `new-${ada.email}`);
  return ada;
}

const wishes: UseCase<There & { once: string }>[] = [
  {
    name: "requesting the confirmation email of a sign-up again",
    prepare: () => keyed(waiting()),
    act: ({ browser, email, once }, fault) =>
      press(browser, "/email-confirmation", { email, once }, { fault, page: "/email-confirmation" }),
    check: async ({ email }) => assert.deepEqual(await subjectsTo(email), ["Confirm your email address"]),
  },
  {
    name: "requesting the confirmation email of a sign-up as a stranger",
    prepare: () => keyed(waiting()),
    act: ({ email, once }, fault) =>
      press(visitor(), "/email-confirmation", { email, once }, { fault, page: "/password-reset" }),
    check: async ({ email }) => assert.deepEqual(await subjectsTo(email), ["Confirm your email address"]),
  },
  {
    name: "requesting a password reset",
    prepare: () => keyed(confirmed()),
    act: ({ email, once }, fault) =>
      press(visitor(), "/password-reset", { email, once }, { fault, page: "/password-reset" }),
    check: async ({ email }) => assert.deepEqual(await subjectsTo(email), ["Reset your password"]),
  },
  {
    name: "correcting the email of a sign-up",
    prepare: () => keyed(waiting()),
    act: ({ browser, email, once }, fault) =>
      press(browser, "/email-confirmation", { email: `new-${email}`, once }, { fault, page: "/password-reset" }),
    async check(ada) {
      assert.equal((await read(ada)).email, `new-${ada.email}`);
      assert.deepEqual(await events(ada), ["email.corrected"]);
      assert.deepEqual(await subjectsTo(`new-${ada.email}`), ["Confirm your email address"]);
    },
  },
  {
    name: "requesting a change of email",
    prepare: () => keyed(confirmed()),
    act: ({ browser, email, password, once }, fault) => {
      const fields = { email: `new-${email}`, currentPassword: password, once };
      return press(browser, "/account/email", fields, { fault });
    },
    async check(ada) {
      assert.deepEqual(await events(ada), ["email.change-asked"]);
      assert.deepEqual(await subjectsTo(ada.email), ["Your email address is about to change"]);
      assert.deepEqual(await subjectsTo(`new-${ada.email}`), ["Confirm your new email address"]);
    },
  },
  {
    name: "cancelling a change of email",
    prepare: () => withPending("email-change"),
    act: ({ browser }, fault) => press(browser, "/account/email/cancel", {}, { fault }),
    async check(ada) {
      assert.equal(await MailedLink.pendingEmail(await read(ada)), null);
      assert.deepEqual(await events(ada), ["email.change-cancelled"]);
    },
  },
  {
    name: "cancelling a recovery email",
    prepare: () => withPending("recovery-email"),
    act: ({ browser }, fault) => press(browser, "/account/addresses/cancel", {}, { fault }),
    async check(ada) {
      assert.equal(await MailedLink.pendingEmail(await read(ada), "recovery-email"), null);
      assert.deepEqual(await events(ada), ["recovery-email.cancelled"]);
    },
  },
  {
    name: "requesting a recovery email",
    prepare: () => keyed(confirmed()),
    act: ({ browser, email, password, once }, fault) => {
      const fields = { email: `second-${email}`, currentPassword: password, once };
      return press(browser, "/account/addresses", fields, { fault });
    },
    async check(ada) {
      assert.deepEqual(await events(ada), ["recovery-email.asked"]);
      assert.deepEqual(await subjectsTo(`second-${ada.email}`), ["Confirm your recovery email address"]);
    },
  },
  {
    name: "requesting a password reset by the recovery email",
    prepare: () => keyed(withSecond()),
    act: ({ email, once }, fault) =>
      press(visitor(), "/password-reset", { email: `second-${email}`, once }, { fault, page: "/password-reset" }),
    check: async ({ email }) => assert.deepEqual(await subjectsTo(`second-${email}`), ["Reset your password"]),
  },
];

/** An account with the recovery email "second-…", in a browser that is logged in. */
async function withSecond(): Promise<There> {
  const ada = await confirmed();
  assert.equal(await (await read(ada)).addRecoveryEmail(`second-${ada.email}`), "done");
  return ada;
}

/** The same, with a link to the recovery email. */
const withSecondLink = async (purpose: Parameters<typeof linkFor>[1]): Promise<WithLink> => {
  const ada = await withSecond();
  return { ...ada, link: await linkFor(ada, purpose, `second-${ada.email}`) };
};

const recoveries: UseCase<WithLink>[] = [
  {
    name: "confirming a recovery email",
    async prepare() {
      const ada = await confirmed();
      return { ...ada, link: await linkFor(ada, "recovery-email", `second-${ada.email}`) };
    },
    act: ({ browser, link }, fault) => press(browser, link, {}, { fault, page: "/posts/new" }),
    async check(ada) {
      assert.equal((await read(ada)).recoveryEmail?.address, `second-${ada.email}`);
      assert.deepEqual(await events(ada), ["recovery-email.confirmed"]);
      assert.deepEqual(await subjectsTo(ada.email), ["A recovery email address was added"]);
    },
  },
  {
    name: "removing the recovery email",
    prepare: async () => ({ ...(await withSecond()), link: "" }),
    act: ({ browser }, fault) => press(browser, "/account/addresses/remove", {}, { fault }),
    async check(ada) {
      assert.equal((await read(ada)).recoveryEmail, null);
      assert.deepEqual(await events(ada), ["recovery-email.removed"]);
      for (const to of [ada.email, `second-${ada.email}`])
        assert.deepEqual(await subjectsTo(to), ["The recovery email address was removed"]);
    },
  },
  {
    name: "resetting a password by the recovery email",
    prepare: () => withSecondLink("password-reset"),
    act: ({ link }, fault) => press(visitor(), link, { password: fresh }, { fault, page: "/password-reset" }),
    async check(ada, answer) {
      at("/login")(answer);
      assert.deepEqual(await events(ada), ["password.reset"]);
      for (const to of [ada.email, `second-${ada.email}`])
        assert.deepEqual(await subjectsTo(to), ["Your password was changed"]);
      await logIn({ ...ada, password: fresh }, "/dashboard");
    },
  },
  {
    name: 'using a "this wasn\'t me" link of the recovery email, which restores both addresses',
    async prepare() {
      const ada = await withSecondLink("not-me");
      assert.equal(await (await read(ada)).changeEmail(`theirs-${ada.email}`), "done");
      assert.equal(await (await read(ada)).removeRecoveryEmail(`second-${ada.email}`), "done");
      return ada;
    },
    act: ({ link }, fault) => press(visitor(), link, {}, { fault, page: "/password-reset" }),
    async check(ada, answer) {
      at("/password-reset")(answer);
      const { email, recoveryEmail } = await read(ada);
      assert.deepEqual([email, recoveryEmail?.address], [ada.email, `second-${ada.email}`]);
      assert.deepEqual(await events(ada), ["not-me"]);
      assert.deepEqual(await subjectsTo(ada.email), ["Your account was secured"]);
      assert.deepEqual(await subjectsTo(`second-${ada.email}`), ["Reset your password"]);
    },
  },
  {
    name: 'using a "this wasn\'t me" link that removes a new recovery email',
    prepare: () => withLink(withSecond(), "not-me"),
    act: ({ link }, fault) => press(visitor(), link, {}, { fault, page: "/password-reset" }),
    async check(ada) {
      assert.equal((await read(ada)).recoveryEmail, null);
      assert.deepEqual(await events(ada), ["not-me", "recovery-email.removed"]);
      assert.deepEqual(await subjectsTo(`second-${ada.email}`), []);
    },
  },
  {
    name: "undoing a change of email from the recovery email",
    async prepare() {
      const ada = await withSecondLink("email-undo");
      assert.equal(await (await read(ada)).changeEmail(`theirs-${ada.email}`), "done");
      return ada;
    },
    act: ({ link }, fault) => press(visitor(), link, {}, { fault, page: "/password-reset" }),
    async check(ada, answer) {
      at("/login")(answer);
      assert.equal((await read(ada)).email, ada.email);
      assert.deepEqual(await events(ada), ["email.change-undone"]);
    },
  },
];

const changes: UseCase<WithLink>[] = [
  {
    name: "changing an email",
    async prepare() {
      const ada = await confirmed();
      return { ...ada, link: await linkFor(ada, "email-change", `new-${ada.email}`) };
    },
    act: ({ browser, link }, fault) => press(browser, link, {}, { fault, page: "/posts/new" }),
    async check(ada) {
      assert.equal((await read(ada)).email, `new-${ada.email}`);
      assert.deepEqual(await events(ada), ["email.changed"]);
      assert.deepEqual(await subjectsTo(ada.email), ["Your email address was changed"]);
    },
  },
  {
    name: "undoing a change of email",
    async prepare() {
      const ada = await withLink(confirmed(), "email-undo");
      assert.equal(await (await read(ada)).changeEmail(`new-${ada.email}`), "done");
      return ada;
    },
    act: ({ link }, fault) => press(visitor(), link, {}, { fault, page: "/password-reset" }),
    async check(ada, answer) {
      at("/login")(answer);
      assert.equal((await read(ada)).email, ada.email);
      assert.deepEqual(await events(ada), ["email.change-undone"]);
    },
  },
];

async function invite(email: string, role: "editor" | "admin" = "editor"): Promise<string> {
  const admin = await account();
  await (await read(admin)).grantRole({ role: "superadmin", domain: null });
  const { _id } = await Invitation.prepare(email, { role, domain: null }, admin.id);
  return `/invitations/${await Invitation.revealForMail(String(_id))}`;
}

const invited: UseCase<Person & { browser: Visitor; link: string }>[] = [
  {
    name: "accepting an invitation as a new user",
    async prepare() {
      const ada = await nobody();
      return { ...ada, link: await invite(ada.email) };
    },
    act: ({ browser, link, username, password }, fault) =>
      press(browser, link, { username, password }, { fault, page: "/password-reset" }),
    async check(ada, answer) {
      led("/dashboard", "/login")(answer);
      const user = await read(ada);
      assert.deepEqual(
        user.roles.map(({ role }) => role),
        ["editor"],
      );
      assert.deepEqual(await events(user), ["invitation.accepted", "role.granted", "user.registered"]);
      assert.equal((await Invitation.findOne({ email: ada.email }).orFail()).acceptedBy?.equals(user._id), true);
    },
  },
  {
    name: "accepting an invitation with an existing account",
    async prepare() {
      const ada = await confirmed();
      return { ...ada, link: await invite(ada.email) };
    },
    act: ({ browser, link }, fault) => press(browser, link, {}, { fault }),
    async check(ada) {
      const user = await read(ada);
      assert.deepEqual(
        user.roles.map(({ role }) => role),
        ["editor"],
      );
      assert.deepEqual(await events(user), ["invitation.accepted", "role.granted"]);
      assert.deepEqual(await subjectsTo(ada.email), []);
    },
  },
  {
    name: "accepting an invitation as an admin with an existing account",
    async prepare() {
      const ada = await confirmed();
      return { ...ada, link: await invite(ada.email, "admin") };
    },
    act: ({ browser, link }, fault) => press(browser, link, {}, { fault }),
    async check(ada) {
      assert.deepEqual(await events(await read(ada)), ["invitation.accepted", "role.granted"]);
      assert.equal((await subjectsTo(ada.email)).length, 1, "the user gets an email about the role");
    },
  },
];

for (const group of [registrations, confirmations, wishes, recoveries, changes, invited] as UseCase<never>[][]) {
  for (const useCase of group) test(`interrupted: ${useCase.name}`, () => tryEveryFailure(useCase));
}
