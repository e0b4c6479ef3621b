import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemActor } from "../../src/actor.js";
import { AuditEvent } from "../../src/models/audit-event.js";
import { User } from "../../src/models/user.js";
import { deleteDueAccounts, scheduleIdleDeletions } from "../../src/services/account/deletion.js";
import { attempt, listEvents, subjectsTo, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { account, createdAccount } from "../support/users/accounts.js";
import { newPerson } from "../support/users.js";

// Use cases of jobs. A job runs again after a database failure.

type Person = { username: string; email: string };
const DAYS = 86_400_000;
const read = ({ username }: Person) => User.findOne({ username });

const removal: UseCase<Person & { begun: Date }> = {
  name: "deleting an account that is due",
  async prepare() {
    await AuditEvent.deleteMany({ event: "deletion.done" });
    const ada = await account();
    await (await User.findOne({ username: ada.username }).orFail()).scheduleDeletion("keep");
    const begun = new Date(Date.now() + 15 * DAYS);
    await deleteDueAccounts(systemActor, begun); // disables the account
    return { ...ada, begun };
  },
  act: ({ begun }, fault) => attempt(fault, () => deleteDueAccounts(systemActor, new Date(begun.getTime() + 120_000))),
  async check(ada) {
    assert.equal(await read(ada), null);
    assert.equal(await AuditEvent.countDocuments({ event: "deletion.done" }), 1);
    assert.deepEqual(await subjectsTo(ada.email), ["Your account has been deleted"]);
  },
};

const idle: UseCase<Person> = {
  name: "scheduling the deletion of an idle account",
  async prepare() {
    const person = newPerson();
    const user = (await createdAccount(person)) ?? assert.fail();
    const then = new Date(Date.now() - 300 * DAYS);
    await User.collection.updateOne({ _id: user._id }, { $set: { createdAt: then, lastLoginAt: then } });
    return person;
  },
  act: (_person, fault) => attempt(fault, () => scheduleIdleDeletions(systemActor)),
  async check(person) {
    const user = (await read(person)) ?? assert.fail();
    assert.ok(user.deletion?.dueAt);
    assert.deepEqual(await listEvents(user), ["deletion.idle"]);
  },
};

for (const useCase of [removal, idle] as UseCase<never>[])
  test(`interrupted: ${useCase.name}`, () => tryEveryFailure(useCase));
