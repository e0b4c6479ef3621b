import "../support/app.js";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { IdempotencyKey } from "../../src/models/idempotency-key.js";
import { User } from "../../src/models/user.js";
import { loggedIn, program } from "../support/api.js";
import { type Answer, listEvents, subjectsTo, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { linkFor } from "../support/mail/links.js";
import { account, createdAccount } from "../support/users/accounts.js";
import { newPerson } from "../support/users.js";

// Use cases that the API handles differently from the pages: registration, confirmation, an admin's new account, and an admin's changes.

const read = ({ username }: { username: string }) => User.findOne({ username }).orFail();

/** Returns the response of the API. The OpenAPI document does not need to contain the 503. */
async function answered(asked: Promise<{ status: number; body: unknown }>): Promise<Answer> {
  const unknown = (error: Error) => ({ status: Number(/: (\d{3}) /.exec(error.message)?.[1]), body: error.message });
  const { status, body } = await asked.catch(unknown);
  return { status, location: null, text: JSON.stringify(body) };
}

type Person = ReturnType<typeof newPerson>;

const registration: UseCase<Person> = {
  name: "registering a user with an API client",
  prepare: async () => newPerson(),
  act: (person, { headers }) => answered(program().post("/auth/register", person, headers)),
  async check(person) {
    assert.deepEqual(await listEvents(await read(person)), ["user.registered"]);
    assert.deepEqual(await subjectsTo(person.email), ["Confirm your email address"]);
  },
};

const confirmation: UseCase<Person & { token: string }> = {
  name: "confirming an email with an API client",
  async prepare() {
    const person = newPerson();
    await createdAccount(person);
    const link = await linkFor(person, "email-confirmation");
    return { ...person, token: link.split("/").at(-1) ?? "" };
  },
  act: ({ token, password }, { headers }) => answered(program().post("/auth/confirm", { token, password }, headers)),
  async check(person) {
    const user = await read(person);
    assert.ok(user.emailConfirmedAt);
    assert.equal(user.sessionEpoch, 1);
    assert.deepEqual(await listEvents(user), ["email.confirmed"]);
  },
};

const opening: UseCase<{ admin: Awaited<ReturnType<typeof loggedIn>>; person: Person; key: string }> = {
  name: "creating an account with an admin's API client",
  async prepare() {
    const admin = await account();
    await (await read(admin)).grantRole({ role: "admin", domain: null });
    return { admin: await loggedIn(admin), person: newPerson(), key: randomUUID() };
  },
  async act({ admin, person, key }, { headers }) {
    const later = { $subtract: ["$expiresAt", 31_000] }; // as if the client had waited for half a minute
    await IdempotencyKey.collection.updateMany({ doneAt: null }, [{ $set: { expiresAt: later } }]);
    return answered(admin.post("/users", person, { ...headers, "idempotency-key": key }));
  },
  async check({ person }) {
    assert.deepEqual(await listEvents(await read(person)), ["user.registered"]);
    assert.deepEqual(await subjectsTo(person.email), ["Confirm your email address"]);
  },
};

const editing: UseCase<{ admin: Awaited<ReturnType<typeof loggedIn>>; ada: Awaited<ReturnType<typeof account>> }> = {
  name: "changing a user with an admin's API client",
  async prepare() {
    const admin = await account();
    await (await read(admin)).grantRole({ role: "admin", domain: null });
    return { admin: await loggedIn(admin), ada: await account() };
  },
  act: ({ admin, ada }, { headers }) =>
    answered(admin.patch(`/users/${ada.id}`, { username: `${ada.username}-two`, bio: "I count." }, headers)),
  async check({ ada }) {
    const user = await User.findById(ada.id).orFail();
    assert.deepEqual([user.username, user.bio], [`${ada.username}-two`, "I count."]);
    assert.deepEqual(await listEvents(user), ["profile.edited", "user.renamed"]);
    assert.deepEqual(await subjectsTo(ada.email), ["Your username was changed"]);
  },
};

type Corrected = { admin: Awaited<ReturnType<typeof loggedIn>>; person: Person; id: string; email: string };

const correcting: UseCase<Corrected> = {
  name: "changing the name and the unconfirmed email of a user with an admin's API client",
  async prepare() {
    const { admin, person } = await opening.prepare();
    await createdAccount(person);
    return { admin, person, id: (await read(person)).id, email: newPerson().email };
  },
  act: ({ admin, person, id, email }, { headers }) =>
    answered(admin.patch(`/users/${id}`, { username: `${person.username}-two`, email }, headers)),
  async check({ person, id, email }) {
    const user = await User.findById(id).orFail();
    assert.deepEqual([user.username, user.email], [`${person.username}-two`, email]);
    assert.deepEqual(await listEvents(user), ["email.corrected", "user.renamed"]);
    assert.deepEqual(await subjectsTo(email), ["Confirm your email address"]);
  },
};

for (const useCase of [registration, confirmation, opening, editing, correcting] as UseCase<never>[])
  test(`interrupted: ${useCase.name}`, () => tryEveryFailure(useCase));
