import "../../support/environment.js";
import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import { jobs } from "../../../src/jobs/enqueue.js";
import { stopJobs } from "../../../src/jobs/schedule.js";
import { MigrationRun } from "../../../src/models/migration.js";
import { User } from "../../../src/models/user.js";
import { migrations } from "../../../src/services/operations/migrations/list.js";
import { listMigrations, planMigrations, runMigrations } from "../../../src/services/operations/migrations/run.js";
import "../../support/app.js";

const HOURS = 3_600_000;
const [first = "", ...others] = migrations.map(({ name }) => name);
const COUNT = 1_200; // three batches

before(stopJobs);
beforeEach(async () => {
  await Promise.all([MigrationRun.deleteMany(), User.deleteMany(), jobs().deleteMany()]);
});

/** Adds accounts as a release before the user search stored them. */
async function addOldAccounts(from = 0, count = COUNT): Promise<void> {
  const old = (n: number) => ({ username: `old-${from + n}`, email: `old-${from + n}@example.org` });
  await User.collection.insertMany(Array.from({ length: count }, (_, n) => old(n)) as never);
}
const countOld = () => User.countUnsearchable();
const states = async () => (await listMigrations()).map(({ state }) => state);

test("migrations are numbered, and those that were released stay as they are", () => {
  migrations.forEach(({ name }, n) => {
    assert.match(name, new RegExp(`^${String(n + 1).padStart(4, "0")}-[a-z]+(-[a-z]+)*$`));
  });
  assert.deepEqual(migrations.map(({ name }) => name).slice(0, 2), ["0001-search-terms", "0002-search-job"]);
});

test("all migrations run in order, once, and once more a day later", async () => {
  await addOldAccounts();
  const now = new Date();
  const finished = await runMigrations(now);
  assert.deepEqual(finished, [{ name: first, changed: COUNT }, ...others.map((name) => ({ name, changed: 0 }))]);
  assert.equal(await countOld(), 0);
  assert.deepEqual(await runMigrations(now), []);
  assert.deepEqual([...new Set(await states())], ["done"]);

  await addOldAccounts(COUNT, 3); // by a process of the release before
  assert.deepEqual(await runMigrations(new Date(now.getTime() + 23 * HOURS)), []);
  const [again] = await runMigrations(new Date(now.getTime() + 25 * HOURS));
  assert.deepEqual(again, { name: first, changed: 3 });
  assert.deepEqual([...new Set(await states())], ["settled"]);
  assert.deepEqual(await runMigrations(new Date(now.getTime() + 99 * HOURS)), []);
});

test("a dry run counts what would change, and changes nothing", async () => {
  await addOldAccounts();
  await jobs().insertOne({ name: "sweep-search" });
  const planned = await planMigrations();
  assert.deepEqual(
    planned.map(({ name, left }) => [name, left]),
    [
      [first, COUNT],
      [others[0], 1],
    ],
  );
  assert.equal(await countOld(), COUNT);
  assert.equal(await MigrationRun.countDocuments(), 0);
});

test("of five processes at once, one runs the migrations", async () => {
  await addOldAccounts();
  const all = await Promise.all(Array.from({ length: 5 }, () => runMigrations()));
  assert.equal(await countOld(), 0);
  assert.equal(all.flat().filter(({ name, changed }) => name === first && changed === COUNT).length, 1);
  assert.equal((await MigrationRun.findById(first))?.changed, COUNT);
});

test("a process that stops hands the migration over", async () => {
  await addOldAccounts();
  let batches = 0;
  const stop = {
    get aborted() {
      batches += 1;
      return batches > 1;
    },
  };
  assert.deepEqual(await runMigrations(new Date(), stop), []);
  const left = await countOld();
  assert.ok(left > 0 && left < COUNT, String(left));
  assert.deepEqual((await states())[0], "waiting");
  const [{ changed } = { changed: 0 }] = await runMigrations();
  assert.equal(changed, left);
  assert.equal((await MigrationRun.findById(first))?.changed, COUNT);
});

test("a process that was killed keeps its lease for a minute; then another one continues", async () => {
  await addOldAccounts();
  const now = Date.now();
  await MigrationRun.lease(first, new Date(now), new Date(now + 60_000));
  assert.deepEqual(await runMigrations(), []);
  assert.equal(await countOld(), COUNT);
  await MigrationRun.collection.updateOne({ _id: first as never }, { $set: { leasedUntil: new Date(now - 1) } });
  assert.equal((await runMigrations()).length, migrations.length);
  assert.equal(await countOld(), 0);
});

test("a migration that fails is tried again, and later ones wait for it", async (t) => {
  await addOldAccounts();
  const failing = t.mock.method(User, "fillSearch", async () => assert.fail("no disk space"));
  await assert.rejects(runMigrations(), /no disk space/);
  assert.deepEqual([...new Set(await states())], ["waiting"]);
  failing.mock.restore();
  assert.equal((await runMigrations()).length, migrations.length);
});
