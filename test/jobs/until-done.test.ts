import "../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import mongoose, { Types } from "mongoose";
import { systemActor } from "../../src/actor.js";
import { config } from "../../src/config/index.js";
import { cleanUpAccounts, cleanUpExpired } from "../../src/jobs/cleanup.js";
import { countJobs } from "../../src/jobs/count.js";
import { startJobs, stopJobs } from "../../src/jobs/schedule.js";
import { repeatUntilDone } from "../../src/lib/async/until-done.js";
import { abandonedSignUps } from "../../src/models/user/register/abandoned.js";
import { User } from "../../src/models/user.js";
import { deleteDueAccounts, dropAbandonedSignUps } from "../../src/services/account/deletion.js";
import { warnOfEndingTokens } from "../../src/services/api/api-tokens.js";
import { listJobsOfOthers } from "../../src/services/operations/backup/scheduled.js";
import { checkQueue } from "../../src/services/operations/doctor/queue.js";
import { mailLockouts } from "../../src/services/session/lockout-mail.js";
import { eventHooks } from "../../src/site/hooks.js";
import "../support/app.js";
import { crowd } from "../support/users/stored.js";

const DAYS = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAYS);
const collection = (name: string) => mongoose.connection.collection(name);
const many = (count: number, of: (n: number) => object) => Array.from({ length: count }, (_, n) => of(n));
const put = (name: string, count: number, of: (n: number) => object) =>
  collection(name).insertMany(many(count, of) as never);
const getId = (date: Date) => Types.ObjectId.createFromTime(Math.floor(date.getTime() / 1000));

type Sweep = { name: string; fill: () => Promise<unknown>; sweep: () => Promise<unknown>; left: object };
const expired = (name: string, field: string, count = 10_600): Sweep => ({
  name,
  fill: () =>
    put(name, count, (n) => ({
      [field]: ago(9),
      key: `many-${n}`,
      hash: `many-${n}`,
      token: `many-${n}`,
      user: new Types.ObjectId(),
      slot: n,
    })),
  sweep: () => cleanUpExpired(),
  left: { [field]: { $lt: ago(8) } },
});

/** The work of each sweep, which is more than one batch can handle. */
const sweeps: Sweep[] = [
  expired("limits", "expire"),
  expired("tokens", "expiresAt"),
  expired("devices", "expiresAt"),
  expired("exports", "expiresAt", 130),
  {
    name: "exports.files",
    fill: () => put("exports.files", 250, (n) => ({ _id: getId(ago(9 + n)) })),
    sweep: () => cleanUpExpired(),
    left: { _id: { $lt: getId(ago(8)) } },
  },
  {
    name: "pictures",
    fill: () => put("pictures", 130, () => ({ user: new Types.ObjectId(), uploadedAt: ago(9), lookAt: ago(8) })),
    sweep: () => cleanUpExpired(),
    left: { lookAt: { $lt: ago(7) } },
  },
  {
    name: "invitations",
    fill: () =>
      put("invitations", 130, (n) => ({
        hash: `cut-${n}`,
        email: "a@example.org",
        taken: { at: ago(1), by: new Types.ObjectId() },
      })),
    sweep: () => cleanUpAccounts(),
    left: { taken: { $ne: null } },
  },
  {
    name: "loginattempts",
    fill: () => put("loginattempts", 250, (n) => ({ _id: `untold-${n}`, tellAt: ago(1), user: new Types.ObjectId() })),
    sweep: () => mailLockouts(),
    left: { tellAt: { $ne: null } },
  },
  {
    name: "apitokens",
    fill: () =>
      put("apitokens", 250, (n) => ({
        hash: `ending-${n}`,
        user: new Types.ObjectId(),
        warnAt: ago(1),
        expiresAt: ago(-3),
      })),
    sweep: () => warnOfEndingTokens(),
    left: { warnAt: { $ne: null } },
  },
  {
    name: "users",
    fill: () =>
      crowd(many(1_200, (n) => ({ username: `abandoned-${n}`, emailConfirmedAt: null, createdAt: ago(8) })) as never),
    sweep: () => cleanUpAccounts(),
    left: { username: /^abandoned/ },
  },
  {
    name: "users",
    fill: () =>
      crowd(many(130, (n) => ({ username: `due-${n}`, deletion: { dueAt: ago(1), posts: "remove" } })) as never),
    sweep: async () => {
      await cleanUpAccounts();
      await cleanUpAccounts(new Date(Date.now() + 120_000));
    },
    left: { username: /^due/ },
  },
  {
    name: "users",
    fill: () => put("users", 10_600, (n) => ({ username: `old-${n}`, email: `old-${n}@example.org` })),
    sweep: () => repeatUntilDone(User.fillSearch),
    left: { "search.short": null },
  },
];

for (const { name, fill, sweep, left } of sweeps) {
  test(`one sweep handles everything in ${name} that is due (${JSON.stringify(left).slice(0, 60)})`, async () => {
    await fill();
    assert.ok((await collection(name).countDocuments(left)) > 50, "there is something to sweep");
    await sweep();
    assert.equal(await collection(name).countDocuments(left), 0);
  });
}

before(() => crowd([{ username: "bystander", emailConfirmedAt: null, createdAt: ago(1) }]));
test("users who are not due stay", async () => {
  await cleanUpAccounts();
  assert.equal(await User.countDocuments({ username: "bystander" }), 1);
});

test("a sweep that is stopped leaves the rest for the next one", async () => {
  await crowd(many(1_200, (n) => ({ username: `stopped-${n}`, emailConfirmedAt: null, createdAt: ago(8) })) as never);
  let asked = 0;
  const stop = {
    get aborted() {
      asked += 1;
      return asked > 4;
    },
  };
  await cleanUpAccounts(new Date(), stop);
  const left = await User.countDocuments({ username: /^stopped/ });
  assert.ok(left > 0 && left < 1_200, String(left));
  await cleanUpAccounts();
  assert.equal(await User.countDocuments({ username: /^stopped/ }), 0);
});

test("abandoned registrations are deleted by a few commands, together with all their data", async () => {
  await crowd(many(300, (n) => ({ username: `plain-${n}`, emailConfirmedAt: null, createdAt: ago(8) })) as never);
  const users = await User.find({ username: /^plain/ });
  const [odd] = users;
  await put("posts", 3, () => ({ author: odd?._id, title: "A post", visibility: "public" }));
  await put("tokens", 300, (n) => ({
    user: users[n]?._id,
    hash: `link-${n}`,
    purpose: "email-confirmation",
    expiresAt: ago(-1),
  }));
  await put("auditevents", 300, (n) => ({
    user: users[n]?._id,
    actor: users[n]?._id,
    event: "user.registered",
    at: ago(8),
    expiresAt: ago(-9),
  }));
  const hooks = eventHooks as Record<string, object>;
  hooks["user.deleted"] = { ignore: async () => undefined };
  await stopJobs(); // a job that has run has no data
  let commands = 0;
  const elsewhere = ["jobs", "webhooks"]; // the queue looks for jobs meanwhile, and publishes the deletion
  const count = ({ commandName, command }: { commandName: string; command: Record<string, unknown> }) => {
    if (!elsewhere.includes(String(command[commandName]))) commands += 1;
  };
  const client = mongoose.connection.getClient();
  client.on("commandStarted", count);
  assert.equal(await dropAbandonedSignUps(), 300);
  client.off("commandStarted", count);
  assert.ok(commands > 5 && commands < 50, `${commands} commands`);
  const ids = users.map(({ _id }) => _id);
  for (const name of ["tokens", "auditevents"])
    assert.equal(await collection(name).countDocuments({ user: { $in: ids } }), 0);
  assert.equal(await collection("posts").countDocuments({ author: odd?._id ?? null }), 0);
  const published = { name: "publish-event", "data.event.data.user": { $in: ids.map(String) } };
  assert.equal(await collection("jobs").countDocuments(published), 300, "each deletion is an event");
  delete hooks["user.deleted"];
  await startJobs();
});

test("a registration confirmed while its batch is deleted stays complete", async () => {
  await crowd(many(3, (n) => ({ username: `late-${n}`, emailConfirmedAt: null, createdAt: ago(8) })) as never);
  const ids = await abandonedSignUps.list(ago(7));
  const late = await User.findOne({ username: "late-1" }).orFail();
  assert.equal(await late.confirmEmail(late.email), "done");
  assert.equal((await abandonedSignUps.begin(ids)).length, ids.length - 1);
  await deleteDueAccounts(systemActor, new Date(Date.now() + 120_000));
  const left = await User.find({ username: /^late/ });
  assert.deepEqual(
    left.map(({ username, disabledAt }) => [username, disabledAt]),
    [["late-1", null]],
  );
});

test("without BACKUP_DIR, the job that made backups before is not reported as late, and stays for other instances", async () => {
  await stopJobs();
  const job = { name: "back-up", type: "single", repeatInterval: "1 day", nextRunAt: ago(2), lockedAt: null, data: {} };
  await collection("jobs").insertOne(job);
  const [finding] = await checkQueue(config as never);
  assert.equal((await countJobs(listJobsOfOthers())).filter(({ kind }) => kind === "back-up").length, 0);
  assert.equal(finding?.what, "No job is late");
  await startJobs();
  assert.equal(await collection("jobs").countDocuments({ name: "back-up" }), 1);
});
