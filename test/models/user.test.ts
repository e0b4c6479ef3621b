import "../support/environment.js";
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, test } from "node:test";
import { config } from "../../src/config/index.js";
import { configurePasswords } from "../../src/lib/passwords/hash.js";
import { User } from "../../src/models/user.js";
import "../support/app.js";
import { createdAccount } from "../support/users/accounts.js";
import { newPerson } from "../support/users.js";

const settings = { pepper: config.passwordPepper, cost: 4, threads: 1 };
afterEach(() => configurePasswords(settings));

async function account() {
  const person = newPerson();
  const user = (await createdAccount(person, true)) ?? assert.fail();
  return { ...person, user };
}

const stored = (id: unknown) => User.findById(id).select("+passwordHash").lean().orFail();
const judge = async (login: string, password: string) => User.authenticate(await User.findByLogin(login), password);
/** Returns the user if the login succeeds, or null, also for a disabled user. */
const logIn = async (login: string, password: string) => {
  const judged = await judge(login, password);
  return judged === "disabled" ? null : judged;
};

/** Runs an action, and returns the tasks that the hashing threads did for it. */
async function work(during: () => Promise<unknown>): Promise<unknown[]> {
  const tasks: unknown[] = [];
  const note = (task: unknown) => tasks.push(task);
  subscribe("passwords:task", note);
  await during();
  unsubscribe("passwords:task", note);
  return tasks;
}

test("every login attempt makes exactly one password comparison, whatever was typed", async () => {
  const { username, email, password } = await account();
  const disabled = await account();
  await disabled.user.disable();
  const bare = await account();
  await User.updateOne({ _id: bare.user._id }, { $unset: { passwordHash: 1 } });
  const attempts: [string, string][] = [
    [username, password],
    [email.toUpperCase(), password],
    [email, "not-the-password"],
    ["nobody", password],
    ["nobody@example.org", password],
    [disabled.username, disabled.password],
    [bare.username, bare.password],
    [username, ""],
    [username, "x".repeat(5_000)],
    [username, "\ud800"],
  ];
  for (const [login, attempt] of attempts)
    assert.deepEqual(await work(() => logIn(login, attempt)), ["compare"], login);
});

test("only the correct password of an enabled user is accepted", async () => {
  const { username, password, user } = await account();
  assert.equal((await logIn(username, password))?.id, user.id);
  assert.equal(await logIn(username, `${password} `), null);
  assert.equal(await logIn(username, password.toUpperCase()), null);
  await user.disable();
  assert.equal(await judge(username, password), "disabled");
  assert.equal(await judge(username, `${password} `), null);
  await user.enable();
  assert.equal((await logIn(username, password))?.id, user.id);
});

test("a malformed login name finds no user", async () => {
  const { user } = await account();
  await User.collection.updateOne({ _id: user._id }, { $unset: { username: 1 } });
  for (const login of ["", "@", " ", "null", "undefined", "$ne", "\0"])
    assert.equal(await User.findByLogin(login), null, JSON.stringify(login));
  await User.deleteOne({ _id: user._id });
});

test("fifty concurrent registrations of one username, in upper or lower case, create one account", async () => {
  const { username } = newPerson();
  const people = Array.from({ length: 50 }, (_, n) => ({
    ...newPerson(),
    username: n % 2 ? username : username.toUpperCase(),
  }));
  const results = await Promise.all(people.map((person) => createdAccount(person)));
  assert.equal(results.filter((user) => user !== null).length, 1);
});

test("of twenty registrations with the same email, only the first one that is confirmed gets the address", async () => {
  const { email } = newPerson();
  const users = await Promise.all(Array.from({ length: 20 }, () => createdAccount({ ...newPerson(), email })));
  assert.ok(users.every((user) => user !== null));
  assert.equal(await User.findByEmail(email), null, "an unconfirmed email belongs to no account");
  const outcomes = await Promise.all(users.map((user) => user.confirmEmail(email)));
  assert.equal(outcomes.filter((one) => one === "done").length, 1);
  assert.equal((await User.findByEmail(email))?.id, users[outcomes.indexOf("done")]?.id);
});

test("a login with an unconfirmed email finds its account only in a browser that the account knows", async () => {
  const person = newPerson();
  const user = await createdAccount(person);
  assert.equal(await User.findByLogin(person.email), null);
  const here = [user?.id ?? ""];
  const meant = async () => (await User.listByLogin(person.email, here)).map((one) => one?.id ?? null);
  assert.deepEqual(await meant(), [user?.id, null]);
  assert.equal((await User.findByLogin(person.username))?.id, user?.id);
  const owner = await createdAccount({ ...newPerson(), email: person.email });
  assert.equal(await owner?.confirmEmail(person.email), "done");
  assert.deepEqual(
    await meant(),
    [user?.id, owner?.id],
    "an unconfirmed account does not hide the one that owns the email",
  );
  here.push(owner?.id ?? "");
  assert.deepEqual(await meant(), [owner?.id, user?.id]);
});

test("the password hash depends on the pepper, is not read by default, and does not contain the password", async () => {
  const { password, user, username } = await account();
  assert.equal((await User.findById(user._id).orFail()).passwordHash, undefined);
  assert.ok(!("passwordHash" in ((await User.findPublic(username)) ?? {})));
  const { passwordHash } = await stored(user._id);
  assert.match(passwordHash ?? "", /^v1\$2b\$04\$/);
  assert.ok(!passwordHash?.includes(password));
  configurePasswords({ ...settings, pepper: "another-pepper-another-pepper-1234" });
  assert.equal(await logIn(username, password), null, "with another pepper, no password matches");
});

test("the next login replaces a hash of a lower cost, even if two logins are concurrent", async () => {
  const { username, password, user } = await account();
  configurePasswords({ ...settings, cost: 5 });
  const { updatedAt } = await stored(user._id);
  const [one, two] = await Promise.all([logIn(username, password), logIn(username, password)]);
  assert.ok(one && two);
  assert.match((await stored(user._id)).passwordHash ?? "", /^v1\$2b\$05\$/);
  assert.deepEqual(await work(() => logIn(username, password)), ["compare"]);
  assert.ok(updatedAt);
  assert.deepEqual(await work(() => logIn(username, "wrong")), ["compare"]);
});

test("replacing a hash never overwrites a password that is changed at the same time", async () => {
  const { username, password, user } = await account();
  configurePasswords({ ...settings, cost: 5 });
  const found = await User.findByLogin(username);
  await Promise.all([User.authenticate(found, password), user.setPassword("another-Sturdy-gate")]);
  assert.equal(await logIn(username, password), null);
  assert.equal((await logIn(username, "another-Sturdy-gate"))?.id, user.id);
});

test("a new password and disabling each raise the session epoch; disabling twice does not raise it again", async () => {
  const { user, username, password } = await account();
  const epoch = async () => (await stored(user._id)).sessionEpoch;
  assert.equal(await epoch(), 0);
  await user.setPassword("another-Sturdy-gate");
  assert.equal(await epoch(), 1);
  assert.equal(await logIn(username, password), null);
  assert.ok(await logIn(username, "another-Sturdy-gate"));
  await Promise.all([user.disable(), user.disable(), user.disable()]);
  assert.equal(await epoch(), 2);
  const { disabledAt } = await stored(user._id);
  await user.disable();
  assert.deepEqual((await stored(user._id)).disabledAt, disabledAt, "the time of the first disabling is kept");
  await user.enable();
  assert.equal(await epoch(), 2, "enabling does not lower the epoch, so old sessions stay invalid");
});

test("a login is recorded", async () => {
  const { user } = await account();
  await user.noteLogin();
  const { lastLoginAt } = await stored(user._id);
  assert.ok(lastLoginAt && Date.now() - lastLoginAt.getTime() < 5_000);
});

test("a login name that is not text finds no user", async () => {
  await account();
  for (const trick of [{ $ne: null }, { $gt: "" }, ["person1"], null, undefined]) {
    assert.equal(await User.findByLogin(trick as never).catch(() => null), null, JSON.stringify(trick));
  }
});
