import assert from "node:assert/strict";
import { test } from "node:test";
import { isTaken } from "../../../src/definitions/outcomes.js";
import { hash } from "../../../src/lib/passwords/hash.js";
import { User } from "../../../src/models/user.js";
import "../../support/app.js";
import { account, createdAccount } from "../../support/users/accounts.js";
import { fresh } from "../../support/users/passwords.js";
import { newPerson } from "../../support/users.js";

const WEEK_MS = 7 * 86_400_000;
const read = (id: string) => User.findById(id).select("+passwordHash").orFail();
const opens = async (username: string, password: string) =>
  (await User.authenticate(await User.findByLogin(username), password)) !== null;

async function signUp(email = newPerson().email) {
  const person = { ...newPerson(), email };
  const { id } = (await createdAccount(person)) ?? assert.fail("taken");
  return { ...person, id: id as string };
}

test("of twenty concurrent password changes, one succeeds and raises the epoch once", async () => {
  const { id, username } = await account();
  const user = await read(id);
  const done = await Promise.all(Array.from({ length: 20 }, (_, n) => user.setPassword(`${fresh}-${n}`)));
  assert.equal(done.filter(Boolean).length, 1);
  assert.equal((await read(id)).sessionEpoch, user.sessionEpoch + 1);
  assert.ok(await opens(username, `${fresh}-${done.indexOf(true)}`));
});

test("a password change fails for a disabled user, or if the credentials have changed since they were read", async () => {
  for (const change of ["disable", "invalidatePassword"] as const) {
    const { id } = await account();
    const before = await read(id);
    await (await read(id))[change]();
    const stored = (await read(id)).toObject();
    assert.equal(await before.setPassword(fresh), false, change);
    assert.equal(await before.resetPassword(await hash(fresh), before.email), false, change);
    assert.deepEqual((await read(id)).toObject(), stored, change);
  }
  const { id } = await account();
  await (await read(id)).invalidatePassword();
  assert.equal(
    await (await read(id)).resetPassword(await hash(fresh), (await read(id)).email),
    true,
    "a reset still works after the password was invalidated",
  );
});

test("a password reset confirms the email, and keeps the time of an earlier confirmation", async () => {
  const one = await signUp();
  assert.equal(await (await read(one.id)).resetPassword(await hash(fresh), one.email), true);
  const { emailConfirmedAt } = await read(one.id);
  assert.ok(emailConfirmedAt);
  assert.equal(await (await read(one.id)).resetPassword(await hash(`${fresh}-2`), one.email), true);
  assert.deepEqual((await read(one.id)).emailConfirmedAt, emailConfirmedAt);
});

test("a reset fails for an email that the account no longer has, or that another account confirmed", async () => {
  const moved = await signUp();
  const to = newPerson().email;
  await (await read(moved.id)).correctEmail(to);
  assert.equal(await (await read(moved.id)).resetPassword(await hash(fresh), moved.email), false);
  const late = await signUp();
  await account({ ...newPerson(), email: late.email });
  assert.equal(await (await read(late.id)).resetPassword(await hash(fresh), late.email), false);
  for (const { id, username, password } of [moved, late]) {
    assert.equal((await read(id)).emailConfirmedAt, null);
    assert.ok(await opens(username, password), "the password is unchanged");
  }
});

test("of ten registrations with the same email that are reset at once, one succeeds", async () => {
  const { email } = newPerson();
  const all = await Promise.all(Array.from({ length: 10 }, () => signUp(email)));
  const users = await Promise.all(all.map(({ id }) => read(id)));
  const done = await Promise.all(users.map(async (user) => user.resetPassword(await hash(fresh), email)));
  assert.equal(done.filter(Boolean).length, 1);
  assert.equal((await User.findByEmail(email))?.id, users[done.indexOf(true)]?.id);
});

test("of ten users who change to one username at once, one succeeds and must wait a week for the next change", async () => {
  const people = await Promise.all(Array.from({ length: 10 }, () => account()));
  const { username } = newPerson();
  const spelled = (n: number) => (n % 2 ? username : username.toUpperCase());
  const outcomes = await Promise.all(people.map(async ({ id }, n) => (await read(id)).rename(spelled(n))));
  assert.equal(outcomes.filter((one) => one === "done").length, 1);
  assert.equal(outcomes.filter((one) => isTaken(one) && one.taken === "username").length, 9);
  const user = await read(people[outcomes.indexOf("done")]?.id ?? "");
  assert.equal(await user.rename(newPerson().username), "too-early");
  await User.updateOne({ _id: user._id }, { $set: { usernameChangedAt: new Date(Date.now() - WEEK_MS - 1) } });
  assert.equal(await user.rename(newPerson().username), "done");
  assert.equal(
    (await read(people[outcomes.findIndex(isTaken)]?.id ?? "")).usernameChangedAt,
    null,
    "a failed change does not start the week of waiting",
  );
});

test("of ten concurrent username changes of one user, one succeeds", async () => {
  const { id } = await account();
  const user = await read(id);
  const names = Array.from({ length: 10 }, () => newPerson().username);
  const outcomes = await Promise.all(names.map((name) => user.rename(name)));
  assert.equal(outcomes.filter((one) => one === "done").length, 1);
  assert.equal((await read(id)).username, names[outcomes.indexOf("done")]);
});
