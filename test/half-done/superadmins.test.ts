import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import mongoose from "mongoose";
import { operatorActor, systemActor } from "../../src/actor.js";
import { cleanUpAccounts } from "../../src/jobs/cleanup.js";
import { AuditEvent } from "../../src/models/audit-event.js";
import { superadmins } from "../../src/models/superadmin-seat.js";
import { User } from "../../src/models/user.js";
import { findSetupUrl, setUp } from "../../src/services/account/setup.js";
import { createUser } from "../../src/services/admin/create-user.js";
import { disableUser } from "../../src/services/admin/disable.js";
import { changeRoles } from "../../src/services/admin/roles.js";
import { loggedIn } from "../support/api.js";
import { Fault } from "../support/database/faults.js";
import { attempt, listEvents, subjectsTo, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { account } from "../support/users/accounts.js";
import { newPerson } from "../support/users.js";
import { visitor } from "../support/visitor.js";

// All ways in which a user becomes a superadmin and gets a seat (models/superadmin-seat.ts). The roles form is in
// admin.test.ts, invitations are in addresses.test.ts. The first account is tested first, while there is no account.

type Person = ReturnType<typeof newPerson>;
const read = ({ username }: { username: string }) => User.findOne({ username }).orFail();
const superadmin = { role: "superadmin", domain: null } as const;
const seats = () => mongoose.connection.collection<{ members: unknown[]; leaving: { at: Date }[] }>("seats");
const seated = async () => ((await seats().findOne({}))?.members ?? []).map(String);
const address = new URL(
  (await findSetupUrl()) ?? assert.fail("there is no setup address, although nobody has an account"),
).pathname;

/** Deletes all users, because the first account always has the same id. */
const empty = async () => {
  await User.deleteMany({});
  await AuditEvent.deleteMany({});
  await seats().deleteMany({});
};

const founding: UseCase<Person> = {
  name: "creating the first account",
  async prepare() {
    await empty();
    return newPerson();
  },
  act: (ada, fault) => attempt(fault, () => setUp(systemActor, ada)),
  except: {
    "lost-outage": "a process that has seen the first account does not ask again; the test below tries its page",
  },
  async check(ada) {
    const user = await read(ada);
    assert.deepEqual(await listEvents(user), ["role.granted", "user.registered"]);
    assert.deepEqual(await seated(), [user.id]);
  },
};
test(`interrupted: ${founding.name}`, () => tryEveryFailure(founding));

test("the setup form sent again leads to the login; with other data it gets 404", async () => {
  await empty();
  const ada = newPerson();
  assert.equal((await visitor().submit(address, ada)).location, "/admin");
  const again = await visitor().submit("/password-reset", ada, address);
  assert.deepEqual([again.status, again.location], [303, "/login"]);
  assert.equal((await visitor().submit("/password-reset", newPerson(), address)).status, 404);
  assert.equal((await visitor().submit("/password-reset", ada, `${address}x`)).status, 404);
  assert.deepEqual(await listEvents(await read(ada)), ["role.granted", "session.started", "user.registered"]);
});

const opening: UseCase<Person> = {
  name: "creating a superadmin with the command",
  prepare: async () => newPerson(),
  act: (ada, fault) =>
    attempt(fault, () => createUser(operatorActor, { ...ada, roles: ["superadmin"], isConfirmed: true })),
  except: { "lost-outage": "the command says that the database is away; the next time, that the name is taken" },
  async check(ada) {
    const user = await read(ada);
    assert.deepEqual(await listEvents(user), ["role.granted", "user.registered"]);
    assert.equal((await subjectsTo(ada.email)).length, 1);
    assert.ok((await seated()).includes(user.id));
  },
};

const promoting: UseCase<Person> = {
  name: "making a user a superadmin with the command",
  prepare: account,
  act: async (ada, fault) => {
    const user = await read(ada);
    return attempt(fault, () => changeRoles(operatorActor, user, { given: [superadmin], taken: [] }));
  },
  async check(ada) {
    const user = await read(ada);
    assert.deepEqual(await listEvents(user), ["role.granted"]);
    assert.equal((await subjectsTo(ada.email)).length, 1);
    assert.ok((await seated()).includes(user.id));
  },
};

const rooted = async () => {
  const root = await account();
  await (await read(root)).grantRole(superadmin);
  return { root: await loggedIn(root), ada: await account() };
};
const byProgram: UseCase<Awaited<ReturnType<typeof rooted>>> = {
  name: "making a user a superadmin through the API",
  prepare: rooted,
  async act({ root, ada }, fault) {
    const to = (await read(ada)).id;
    const body = { role: "superadmin" };
    const { status } = await root.post(`/users/${to}/roles`, body, fault.headers).catch(unknownAnswer);
    return { status, location: null, text: "" };
  },
  async check({ ada }) {
    const user = await read(ada);
    assert.deepEqual(await listEvents(user), ["role.granted"]);
    assert.ok((await seated()).includes(user.id));
  },
};
const unknownAnswer = (error: Error) => ({ status: Number(/: (\d{3}) /.exec(error.message)?.[1]) });

for (const useCase of [opening, promoting, byProgram] as UseCase<never>[])
  test(`interrupted: ${useCase.name}`, () => tryEveryFailure(useCase));

/** Moves the release of a seat a minute into the past, so that an interrupted one counts as abandoned. */
const aMinute = () =>
  seats().updateOne({ "leaving.0": { $exists: true } }, { $set: { "leaving.$[].at": new Date(Date.now() - 61_000) } });

test("if a change fails after it released the seat of a superadmin, the seat is restored automatically", async () => {
  const bob = await account();
  await (await read(bob)).grantRole(superadmin);
  for (const mode of ["outage", "lost-outage"] as const) {
    for (let at = 1, hasStruck = true; hasStruck; at += 1) {
      const user = await read(await account());
      await user.grantRole(superadmin);
      const fault = new Fault(mode, at);
      await attempt(fault, async () => disableUser(operatorActor, await read(user), "Just so."));
      fault.end();
      await aMinute();
      await superadmins.repair();
      const { disabledAt } = await read(user);
      assert.equal((await seated()).includes(user.id), disabledAt === null, `${mode} at ${at}`);
      hasStruck = fault.hasStruck;
    }
  }
});

test("the cleanup job gives seats to superadmins without one, but not to disabled ones", async () => {
  const [ada, eve] = [await read(await account()), await read(await account())];
  await User.collection.updateMany({ _id: { $in: [ada._id, eve._id] } }, { $set: { roles: [superadmin] } });
  await User.updateOne({ _id: eve._id }, { disabledAt: new Date() });
  await cleanUpAccounts();
  assert.deepEqual([(await seated()).includes(ada.id), (await seated()).includes(eve.id)], [true, false]);
});
