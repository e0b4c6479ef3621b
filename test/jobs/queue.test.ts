import "../support/environment.js";
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import mongoose from "mongoose";
import { pauseBefore } from "../../src/jobs/pace.js";
import { enqueue, startQueue, stopQueue } from "../../src/jobs/queue.js";
import { temporaryEngine } from "../support/engine.js";
import { deeds, tasks } from "../support/tasks.js";
import { until } from "../support/until.js";

const HOURS = 3_600_000;
const WORKER = fileURLToPath(new URL("../support/queue-worker.js", import.meta.url));
const pace = { lookEveryMs: 50, lockedForMs: 60_000, pauseBefore: () => 50 };

const { uri } = await temporaryEngine();
const jobs = () => mongoose.connection.collection("jobs");
const noneWaits = async () => (await jobs().countDocuments()) === 0;
const workers: ChildProcess[] = [];

/** Another process that works on the same queue. */
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

test("pauses grow from half a minute to an hour, and after about a day there is no further try", () => {
  const pauses = Array.from({ length: 40 }, (_, index) => pauseBefore(index + 1)).filter((pause) => pause !== null);
  assert.deepEqual(pauses.slice(0, 3), [30_000, 60_000, 120_000]);
  assert.ok(pauses.every((pause, index) => pause >= (pauses[index - 1] ?? 0) && pause <= 1 * HOURS));
  const total = pauses.reduce((sum, pause) => sum + pause, 0);
  assert.ok(total > 23 * HOURS && total < 26 * HOURS, String(total / HOURS));
});

test("a job waits in the database until somebody works, and is removed when it is done", async () => {
  await enqueue("quick", {});
  assert.equal(await jobs().countDocuments({ name: "quick" }), 1);
  await startQueue(tasks, {}, pace);
  await until("it is done and removed", noneWaits);
  assert.equal(await deeds().countDocuments(), 1);
});

test("a job that fails is tried again as often as the pauses say, then given up and removed", async () => {
  await startQueue(tasks, {}, { ...pace, pauseBefore: (attempt) => (attempt < 4 ? 20 : null) });
  await enqueue("failing", {});
  await until("it is given up and removed", noneWaits);
  assert.equal(await deeds().countDocuments({ what: "tried" }), 4);
});

test("two processes share the jobs, and do each once", async () => {
  await Promise.all([worker(), worker()]);
  await Promise.all(Array.from({ length: 30 }, () => enqueue("quick", {})));
  await until("all are done and removed", noneWaits);
  const done = await deeds().find().toArray();
  assert.equal(done.length, 30);
  assert.equal(new Set(done.map(({ id }) => id)).size, 30);
  assert.deepEqual([...new Set(done.map(({ by }) => by))].sort(), workers.map(({ pid }) => pid).sort());
});

test("what a process was at when it was killed is done by another, once the lock is old", async () => {
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

test("who stops finishes what is under way, and gives back what waits for its time", async () => {
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

test("the timetable is written once, and who starts later takes no lock off", async () => {
  await startQueue(tasks, { quick: "1 hour" }, pace);
  const over = { name: "quick", lastFinishedAt: { $ne: null }, lockedAt: null }; // its own last write is done too
  await until("it was done for the first time", async () => (await jobs().countDocuments(over)) === 1);
  const lockedAt = new Date();
  await jobs().updateOne({ name: "quick" }, { $set: { lockedAt } });
  await stopQueue();
  await startQueue(tasks, { quick: "1 hour" }, pace);
  const [entry, ...others] = await jobs().find().toArray();
  assert.deepEqual([entry?.type, entry?.lockedAt, others.length], ["single", lockedAt, 0]);
  assert.equal(await deeds().countDocuments({ what: "done" }), 1);
});
