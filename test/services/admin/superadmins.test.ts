import "../../support/environment.js";
import "../../support/app.js";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import mongoose from "mongoose";
import { operatorActor, systemActor } from "../../../src/actor.js";
import { superadmins } from "../../../src/models/superadmin-seat.js";
import { User } from "../../../src/models/user.js";
import { deleteDueAccounts } from "../../../src/services/account/deletion.js";
import { deleteUser } from "../../../src/services/admin/deletion.js";
import { disableUser, enableUser } from "../../../src/services/admin/disable.js";
import { setRoles } from "../../../src/services/admin/roles.js";
import { acting } from "../../support/users/actors.js";

const ROUNDS = 20;
const DAYS = 86_400_000;
const global = { role: "superadmin", domain: null } as const;
const seats = () => mongoose.connection.collection<{ members: unknown[]; leaving: { at: Date }[] }>("seats");

let count = 0;
/** Creates a user with a confirmed email, by default a superadmin. */
async function person(isSuper = true): Promise<User> {
  count += 1;
  const username = `ruler${count}`;
  const user = await User.create({ username, email: `${username}@example.org`, emailConfirmedAt: new Date() });
  if (isSuper) await user.grantRole(global);
  return fresh(user);
}
const fresh = (user: User) => User.findById(user._id).orFail();

/** Lists the superadmins who are enabled. */
const listActiveSuperadmins = async () =>
  (await User.find({ "roles.role": "superadmin", disabledAt: null })).map(({ id }) => id);
const seated = async () => ((await seats().findOne({}))?.members ?? []).map(String);

/** Checks that enough superadmins are left, and that exactly these have a seat. */
async function expectSomebody(atLeast = 1) {
  const [holders, members] = [await listActiveSuperadmins(), await seated()];
  assert.ok(holders.length >= atLeast, `only ${holders.length} superadmins are left`);
  assert.deepEqual([...members].sort(), [...holders].sort());
}

beforeEach(async () => {
  await User.deleteMany({});
  await seats().deleteMany({});
});

/** Actions after which a superadmin is no longer one. */
const blows: Record<string, (by: User, to: User) => Promise<unknown>> = {
  demote: (by, to) => setRoles(acting(by), to, []),
  disable: (by, to) => disableUser(acting(by), to, "Just so."),
  delete: (by, to) => deleteUser(acting(by), to, { reason: "Just so." }),
  async "delete on schedule"(_by, to) {
    await User.updateOne({ _id: to._id }, { deletion: { dueAt: new Date(), posts: "keep" } });
    await deleteDueAccounts(systemActor, new Date(Date.now() + 1_000));
  },
};
const names = Object.keys(blows);
const pairs = names.flatMap((one, index) => names.slice(index).map((other) => [one, other] as const));

for (const [one, other] of pairs) {
  test(`of two superadmins, one is left after concurrent actions against both: ${one} and ${other}`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await User.deleteMany({});
      await seats().deleteMany({});
      const [ada, bob] = [await person(), await person()];
      await Promise.all([blows[one]?.(ada, bob), blows[other]?.(bob, ada)]);
      await expectSomebody();
    }
  });
}

test("the last superadmin cannot be demoted, disabled or deleted, and the result says why", async () => {
  const ada = await person();
  assert.equal(await setRoles(operatorActor, ada, ["editor"]), "last-superadmin");
  assert.equal(await disableUser(operatorActor, ada, "Just so."), "last-superadmin");
  assert.equal(await deleteUser(operatorActor, ada, { reason: "Just so." }), "last-superadmin");
  await blows["delete on schedule"]?.(ada, ada);
  const { roles, disabledAt, deletion } = await fresh(ada);
  assert.deepEqual([roles.map(({ role }) => role), disabledAt], [["superadmin"], null]);
  assert.equal(deletion?.begunAt, undefined);
  const bob = await person();
  await deleteDueAccounts(systemActor, new Date(Date.now() + 14 * DAYS));
  assert.ok((await fresh(ada)).disabledAt, "the deletion goes on once there is another superadmin");
  assert.deepEqual(await listActiveSuperadmins(), [bob.id]);
  await expectSomebody();
});

test("a superadmin cannot be demoted while the only other one is disabled", async () => {
  const [ada, bob] = [await person(), await person()];
  assert.equal(await disableUser(acting(ada), bob, "Just so."), "done");
  assert.equal(await setRoles(operatorActor, ada, []), "last-superadmin");
  assert.equal(await enableUser(acting(ada), await fresh(bob)), "done");
  await expectSomebody(2);
  assert.equal(await setRoles(acting(bob), ada, []), "done");
  await expectSomebody();
});

test("concurrent promotions and demotions always leave at least one superadmin", async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    await User.deleteMany({});
    await seats().deleteMany({});
    const [ada, bob, eve] = [await person(), await person(), await person(false)];
    await Promise.all([
      setRoles(acting(ada), eve, ["superadmin"]),
      setRoles(acting(bob), ada, []),
      setRoles(acting(ada), bob, []),
    ]);
    await expectSomebody();
  }
});

test("the last superadmin is protected even if they got the role after the request read their account", async () => {
  const [ada, eve] = [await person(), await person(false)];
  await (await fresh(eve)).grantRole(global);
  assert.equal(await setRoles(operatorActor, ada, []), "done");
  assert.equal(await disableUser(operatorActor, eve, "Just so."), "unchanged");
  assert.equal(await deleteUser(operatorActor, eve, { reason: "Just so." }), "unchanged");
  assert.equal(await eve.revokeRole(global), "unchanged");
  assert.deepEqual(await listActiveSuperadmins(), [eve.id]);
  await expectSomebody();
});

test("concurrent changes of roles, disabling and enabling always leave at least one superadmin", async () => {
  const people = await Promise.all(Array.from({ length: 4 }, () => person()));
  const acts: ((user: User) => Promise<unknown>)[] = [
    (user) => setRoles(operatorActor, user, []),
    (user) => setRoles(operatorActor, user, ["superadmin"]),
    (user) => setRoles(operatorActor, user, ["superadmin"]),
    (user) => disableUser(operatorActor, user, "Just so."),
    (user) => enableUser(operatorActor, user),
    (user) => enableUser(operatorActor, user),
  ];
  for (let round = 0; round < ROUNDS; round += 1) {
    const known = await Promise.all(people.map(fresh));
    const storm = Array.from({ length: 24 }, (_, n) => {
      const user = known[(n * 7 + round) % known.length];
      return user && acts[(n * 5 + round * 3) % acts.length]?.(user);
    });
    await Promise.all(storm);
    await expectSomebody();
  }
});

test("after a crash that released a seat, the other superadmin cannot be demoted for a minute", async () => {
  const [ada, bob] = [await person(), await person()];
  assert.equal(await superadmins.releaseSeat(ada._id), true); // as if the process were killed after this
  assert.equal(await setRoles(acting(ada), bob, []), "last-superadmin");
  await ada.grantRole(global);
  assert.deepEqual(await seated(), [bob.id], "a superadmin who is about to lose the role gets no seat");
  await seats().updateOne({}, { $set: { "leaving.0.at": new Date(Date.now() - 61_000) } });
  await ada.grantRole(global);
  await expectSomebody(2);
  assert.equal(await setRoles(acting(ada), bob, []), "done");
  await expectSomebody();
});

test("after a crash between granting a role and claiming its seat, the other superadmin cannot be demoted", async () => {
  const [ada, bob] = [await person(), await person(false)];
  await User.updateOne({ _id: bob._id }, { roles: [global] });
  assert.equal(await setRoles(operatorActor, ada, []), "last-superadmin");
  assert.equal(
    await setRoles(operatorActor, await fresh(bob), []),
    "done",
    "a superadmin without a seat can be demoted",
  );
  await expectSomebody();
});

test("if disabling a superadmin fails, their seat is given back", async () => {
  const [ada] = [await person(), await person()];
  const failing = Object.assign(await fresh(ada), { _id: ada._id });
  Object.defineProperty(failing, "roles", { value: ada.roles });
  const { collection } = User;
  const { updateOne } = collection;
  collection.updateOne = () => Promise.reject(new Error("the database is gone"));
  await assert.rejects(failing.disable());
  collection.updateOne = updateOne;
  await expectSomebody(2);
});
