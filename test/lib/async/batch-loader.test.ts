import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { batchReads, getOldestReadMs } from "../../../src/lib/async/batch-loader.js";

function counting() {
  const reads: string[][] = [];
  let value = 1;
  const get = batchReads(async (keys) => {
    reads.push(keys);
    await pause(1);
    return new Map(keys.filter((key) => key !== "none").map((key) => [key, `${key}${value}`]));
  });
  return { reads, get, change: () => (value += 1) };
}

test("calls in one turn of the event loop become one read with distinct keys, and each caller gets its value", async () => {
  const { reads, get } = counting();
  assert.deepEqual(await Promise.all([get("a"), get("b"), get("a"), get("none")]), ["a1", "b1", "a1", null]);
  assert.deepEqual(reads, [["a", "b", "none"]]);
});

test("nothing is cached: a call after a change gets the new value", async () => {
  const { get, change } = counting();
  assert.equal(await get("a"), "a1");
  change();
  assert.equal(await get("a"), "a2");
});

test("a call during a read gets the result of a later read", async () => {
  const { reads, get, change } = counting();
  const first = get("a");
  while (reads.length === 0) await pause(0);
  change();
  const second = get("a");
  await first;
  assert.equal(await second, "a2");
});

test("a failed read fails only for its callers", async () => {
  let broken = true;
  const get = batchReads<string>(async (keys) => {
    if (broken) throw new Error("down");
    return new Map(keys.map((key) => [key, key]));
  });
  const results = await Promise.allSettled([get("a"), get("b")]);
  assert.deepEqual(
    results.map((result) => result.status),
    ["rejected", "rejected"],
  );
  broken = false;
  assert.equal(await get("a"), "a");
});

test("no call is lost if more arrive than fit into one read while others are in progress", {
  timeout: 5_000,
}, async () => {
  const { get } = counting();
  const answers: Promise<string | null>[] = [];
  for (let turn = 0; turn < 6; turn += 1) {
    for (let n = 0; n < 450; n += 1) answers.push(get(`${turn}.${n}-`));
    await pause(0);
  }
  assert.equal((await Promise.all(answers)).filter((answer) => answer?.endsWith("-1")).length, 6 * 450);
});

test("a thousand concurrent calls all get their value", async () => {
  const { get } = counting();
  const answers = await Promise.all(Array.from({ length: 1_000 }, (_, n) => get(`k${n}-`)));
  assert.deepEqual(
    answers,
    Array.from({ length: 1_000 }, (_, n) => `k${n}-1`),
  );
});

test("reads that never end fail for their callers after a time limit, and free their places", {
  timeout: 5_000,
}, async () => {
  let isStuck = true;
  const never = new Promise<never>(() => undefined);
  const get = batchReads<string>(
    (keys) => (isStuck ? never : Promise.resolve(new Map(keys.map((key) => [key, key])))),
    50,
  );
  const stuck: Promise<unknown>[] = [];
  for (const key of ["a", "b", "c"]) {
    stuck.push(get(key).catch((error: Error) => error.name));
    await pause(0);
  }
  assert.ok(getOldestReadMs() > 0);
  assert.deepEqual(await Promise.all(stuck), Array(3).fill("DeadlineExceeded"));
  isStuck = false;
  assert.equal(await get("a"), "a");
  assert.equal(getOldestReadMs(), 0);
});
