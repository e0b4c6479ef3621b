import "../support/environment.js";
import "../support/jobs/timers.js";
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { MongoBackend } from "@agendajs/mongo-backend";
import { Agenda } from "agenda";
import mongoose from "mongoose";
import { dropWaitingJobs } from "../../src/jobs/drop.js";
import { describeJob, enqueue } from "../../src/jobs/enqueue.js";
import { startQueue, stopQueue } from "../../src/jobs/queue.js";
import { keepTimes, repairTimes } from "../../src/jobs/recurring.js";
import { getRetryPause, LONGEST_PAUSE_MS, usualPace } from "../../src/jobs/retry.js";
import { temporaryEngine } from "../support/database/engine.js";
import { deeds, tasks } from "../support/jobs/tasks.js";
import { until } from "../support/until.js";

const HOURS = 3_600_000;
const WORKER = fileURLToPath(new URL("../support/jobs/queue-worker.js", import.meta.url));
const pace = { lookEveryMs: 50, lockedForMs: 60_000, pauseBefore: () => 50 };

const { uri } = await temporaryEngine();
const jobs = () => mongoose.connection.collection("jobs");
const noneWaits = async () => (await jobs().countDocuments()) === 0;
const workers: ChildProcess[] = [];

/** Starts another process that works on the same queue. */
async function worker({ lockedForMs = 60_000 } = {}): Promise<ChildProcess> {
  const child = spawn(process.execPath, [WORKER, uri, String(lockedForMs)], { stdio: ["ignore", "pipe", "inherit"] });
  workers.push(child);
  await once(child.stdout as NonNullable<typeof child.stdout>, "data");
  return child;
}

before(() => mongoose.connect(uri));
beforeEach(async () => {
  await jobs().deleteMany({});
  await deeds().deleteMany({});
});
afterEach(async () => {
  await stopQueue();
  for (const child of workers.splice(0)) child.kill("SIGKILL");
});
after(() => mongoose.disconnect());

test("retry pauses grow from 30 seconds to an hour, and end after about a day", () => {
  const pauses = Array.from({ length: 40 }, (_, index) => getRetryPause(index + 1)).filter((pause) => pause !== null);
  assert.deepEqual(pauses.slice(0, 3), [30_000, 60_000, 120_000]);
  assert.ok(pauses.every((pause, index) => pause >= (pauses[index - 1] ?? 0) && pause <= 1 * HOURS));
  const total = pauses.reduce((sum, pause) => sum + pause, 0);
  assert.ok(total > 23 * HOURS && total < 26 * HOURS, String(total / HOURS));
});

test("a job waits in the database until a worker starts, and is removed when done", async () => {
  await enqueue("quick", {});
  assert.equal(await jobs().countDocuments({ name: "quick" }), 1);
  await startQueue(tasks, {}, pace);
  await until("it is done and removed", noneWaits);
  assert.equal(await deeds().countDocuments(), 1);
});

test("a failing job is retried as often as configured, then removed", async () => {
  await startQueue(tasks, {}, { ...pace, pauseBefore: (attempt) => (attempt < 4 ? 20 : null) });
  await enqueue("failing", {});
  await until("it is given up and removed", noneWaits);
  assert.equal(await deeds().countDocuments({ what: "tried" }), 4);
});

test("a job that is queued while the database is away is refused, and the next one is queued", async () => {
  await mongoose.disconnect();
  await assert.rejects(enqueue("note", { text: "lost" }, new mongoose.Types.ObjectId()));
  await assert.rejects(enqueue("note", { text: "lost" }));
  await mongoose.connect(uri);
  await enqueue("note", { text: "kept" }, new mongoose.Types.ObjectId());
  assert.equal(await jobs().countDocuments({ name: "note" }), 1);
});

test("a queued job has what Agenda itself would store", async () => {
  const agenda = new Agenda({ backend: new MongoBackend({ mongo: mongoose.connection.getClient().db() }) });
  await agenda.ready;
  const { nextRunAt, ...own } = agenda.create("note", { text: "a" }).schedule(new Date()).toJson();
  const { nextRunAt: queuedFor, ...queued } = describeJob("note", { text: "a" });
  assert.deepEqual(queued, own);
  for (const date of [nextRunAt, queuedFor]) assert.ok(date instanceof Date && date <= new Date());
});

test("a lock that cannot be released is no unhandled error: the job runs later", async (t) => {
  const { Collection } = mongoose.mongo;
  const { updateOne } = Collection.prototype;
  let failures = 0;
  t.mock.method(Collection.prototype, "updateOne", function (this: never, ...args: Parameters<typeof updateOne>) {
    const isUnlock = "lockedAt" in ((args[1] as { $unset?: object }).$unset ?? {});
    if (!isUnlock) return updateOne.apply(this, args);
    failures += 1;
    return Promise.reject(new mongoose.mongo.MongoClientClosedError());
  });
  await startQueue(tasks, {}, { ...pace, lockedForMs: 500 }, { places: { quick: 1 } });
  await Promise.all(Array.from({ length: 20 }, () => enqueue("quick", {})));
  await until("all are done and removed", noneWaits);
  assert.equal(await deeds().countDocuments(), 20);
  assert.ok(failures > 0, "several searches lock more jobs than there are places");
});

test("two processes share the jobs, and each job runs once", async () => {
  await Promise.all([worker(), worker()]);
  await Promise.all(Array.from({ length: 30 }, () => enqueue("quick", {})));
  await until("all are done and removed", noneWaits);
  const done = await deeds().find().toArray();
  assert.equal(done.length, 30);
  assert.equal(new Set(done.map(({ id }) => id)).size, 30);
  assert.deepEqual([...new Set(done.map(({ by }) => by))].sort(), workers.map(({ pid }) => pid).sort());
});

test("another process takes over the job of a killed process once its lock has expired", async () => {
  const first = await worker();
  await enqueue("once", {});
  await until("it is begun", async () => (await deeds().countDocuments({ what: "begun" })) === 1);
  first.kill("SIGKILL");
  await once(first, "close");
  const second = await worker({ lockedForMs: 500 });
  await until("it is done and removed", noneWaits);
  const done = await deeds().find({ what: "done" }).toArray();
  assert.deepEqual(
    done.map(({ by }) => by),
    [second.pid],
  );
});

test("the lock of a running job is renewed, however short it is, so no other process starts the job", async () => {
  await worker({ lockedForMs: 300 });
  await enqueue("once", {});
  await until("it is begun", async () => (await deeds().countDocuments({ what: "begun" })) === 1);
  const { lockedAt } = (await jobs().findOne({})) as unknown as { lockedAt: Date };
  await worker({ lockedForMs: 300 });
  const later = new Date(lockedAt.getTime() + 4 * 300);
  await until("its lock is new", async () => (await jobs().countDocuments({ lockedAt: { $gt: later } })) === 1);
  assert.equal(await deeds().countDocuments({ what: "begun" }), 1);
});

test("while no worker runs, waiting jobs of a kind are limited in number and age, and other jobs stay", async () => {
  const minutesAgo = (n: number) => new Date(Date.now() - n * 60_000);
  const waiting = Array.from({ length: 20 }, (_, n) => ({ name: "mail", lockedAt: null, nextRunAt: minutesAgo(n) }));
  const others = [
    { name: "other", lockedAt: null, nextRunAt: minutesAgo(90) },
    { name: "mail", lockedAt: new Date(), nextRunAt: minutesAgo(90) },
    { name: "mail", lockedAt: null, nextRunAt: null },
  ];
  await jobs().insertMany([...waiting, ...others]);
  const left = async () => (await jobs().countDocuments()) - others.length;
  await dropWaitingJobs("mail", { oldest: minutesAgo(60), most: 20 });
  assert.equal(await left(), 20);
  await dropWaitingJobs("mail", { oldest: minutesAgo(14.5), most: 20 });
  assert.equal(await left(), 15);
  await dropWaitingJobs("mail", { oldest: minutesAgo(60), most: 10 });
  assert.equal(await left(), 10);
  assert.equal(
    await jobs().countDocuments({ name: "mail", nextRunAt: { $gt: minutesAgo(9.5) } }),
    10,
    "the newest jobs stay",
  );
});

test("a killed process delays its jobs by at most half a minute", () => {
  assert.ok(usualPace.lockedForMs <= 30_000);
  assert.ok(usualPace.lockedForMs >= 4 * usualPace.lookEveryMs, "three renewals are possible before the lock expires");
});

test("a stuck job loses its lock and starts again", async () => {
  await startQueue(tasks, {}, { ...pace, lockedForMs: 300, longestMs: 300 });
  await enqueue("once", {});
  await until("it is done by a second try", noneWaits);
  assert.equal(await deeds().countDocuments({ what: "begun" }), 2);
});

test("a stopping process releases jobs that do not end in time, and they start again at once", async () => {
  await startQueue(tasks, {}, pace);
  await enqueue("once", {});
  await until("it is begun", async () => (await deeds().countDocuments({ what: "begun" })) === 1);
  await stopQueue();
  await worker();
  await until("it is done and removed", noneWaits);
});

test("a kind of job that hangs does not block other kinds", async () => {
  await startQueue(tasks, {}, pace, { places: { once: 30 } });
  await Promise.all(Array.from({ length: 40 }, () => enqueue("once", {})));
  await until("all places are taken", async () => (await deeds().countDocuments({ what: "begun" })) === 30);
  await enqueue("quick", {});
  await until("the other kind is done", async () => (await deeds().countDocuments({ what: "done" })) === 1);
});

test("a stopping process finishes its running jobs and releases the waiting ones", async () => {
  await startQueue(tasks, {}, { ...pace, lookEveryMs: 30_000, pauseBefore: () => 20_000 });
  await enqueue("failing", {});
  await until("it failed, and is taken for the next try", async () =>
    Boolean(await jobs().findOne({ failCount: 1, lockedAt: { $ne: null } })),
  );
  await enqueue("quick", {});
  await until("the other is begun", async () => Boolean(await jobs().findOne({ name: "quick", nextRunAt: null })));
  await stopQueue();
  assert.equal(await deeds().countDocuments({ what: "done" }), 1);
  const [left, ...others] = await jobs().find().toArray();
  assert.deepEqual([left?.name, left?.lockedAt, others.length], ["failing", null, 0]);
});

test("the timetable is stored once, and a later start removes no lock", async () => {
  await startQueue(tasks, { quick: "1 hour" }, pace);
  const over = { name: "quick", lastFinishedAt: { $ne: null }, lockedAt: null }; // after Agenda's last write
  await until("the job was done for the first time", async () => (await jobs().countDocuments(over)) === 1);
  const lockedAt = new Date();
  await jobs().updateOne({ name: "quick" }, { $set: { lockedAt } });
  await stopQueue();
  await startQueue(tasks, { quick: "1 hour" }, pace);
  const [entry, ...others] = await jobs().find().toArray();
  assert.deepEqual([entry?.type, entry?.lockedAt, others.length], ["single", lockedAt, 0]);
  assert.equal(await deeds().countDocuments({ what: "done" }), 1);
});

describe("after the clock was 31 days ahead for a while", () => {
  const DAYS = 24 * HOURS;
  const ahead = (ms = 0) => new Date(Date.now() + 31 * DAYS + ms);
  const none = { lockedAt: null, repeatInterval: null };
  const written: Record<string, object> = {
    "a recurring job": { name: "quick", type: "single", ...none, nextRunAt: ahead(HOURS) },
    "a job": { name: "quick", type: "normal", ...none, nextRunAt: ahead() },
    "a job waiting for a retry": { name: "quick", ...none, failCount: 2, nextRunAt: ahead(HOURS) },
    "a running job of a killed process": { name: "quick", ...none, nextRunAt: null, lockedAt: ahead() },
    "a locked job of a killed process": { name: "quick", ...none, nextRunAt: ahead(), lockedAt: ahead() },
  };

  for (const [what, entry] of Object.entries(written)) {
    test(`${what} runs at the next start`, async () => {
      const type = "type" in entry && entry.type === "single";
      await jobs().insertOne({ ...entry, ...(type && { repeatInterval: "1 hour" }) });
      await startQueue(tasks, type ? { quick: "1 hour" } : {}, pace);
      await until("it is done", async () => (await deeds().countDocuments({ what: "done" })) >= 1);
    });
  }

  test("jobs that are due or retried on time stay unchanged", async () => {
    const soon = [
      { name: "quick", type: "single", repeatInterval: "2 hours", nextRunAt: new Date(Date.now() + 2 * HOURS) },
      { name: "failing", type: "normal", nextRunAt: new Date(Date.now() + LONGEST_PAUSE_MS) },
    ].map((entry) => ({ ...none, ...entry }));
    await jobs().insertMany(soon);
    await repairTimes(jobs(), { quick: "2 hours" }, Object.keys(tasks));
    const kept = await jobs()
      .find({}, { projection: { _id: 0, nextRunAt: 1 } })
      .toArray();
    assert.deepEqual(
      kept.map(({ nextRunAt }) => nextRunAt),
      soon.map(({ nextRunAt }) => nextRunAt),
    );
  });

  test("times are repaired while a process runs, too", { timeout: 60_000 }, async (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    const end = await keepTimes(jobs(), { quick: "1 hour" }, ["quick"]);
    await jobs().insertOne({ name: "quick", type: "single", ...none, nextRunAt: ahead() });
    t.mock.timers.tick(60_000);
    t.mock.timers.reset();
    await until("it is due", async () => (await jobs().countDocuments({ nextRunAt: { $lte: new Date() } })) === 1);
    end();
  });

  test("a recurring job that fails is due again after at most its interval", async () => {
    await startQueue(tasks, { failing: "1 minute" }, { ...pace, pauseBefore: () => LONGEST_PAUSE_MS });
    await until("it failed", async () => (await jobs().countDocuments({ failCount: 1, lockedAt: null })) === 1);
    const [entry] = await jobs().find().toArray();
    assert.ok(entry?.nextRunAt.getTime() <= Date.now() + 60_000);
  });
});
