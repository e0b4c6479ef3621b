import assert from "node:assert/strict";
import { test } from "node:test";
import { createFairQueue, type Requester } from "../../../src/lib/async/fair-queue.js";
import { Overloaded } from "../../../src/lib/async/overloaded.js";

const mallory: Requester = { network: "n1", person: "mallory" };
const sameNetwork: Requester = { network: "n1", person: null };
const elsewhere = (n: number): Requester => ({ network: `elsewhere ${n}`, person: null });

/** Creates a queue whose tasks end when `next` is called. `order` lists the tasks in the order in which they began. */
function queue(settings: { atOnce: number; mostWaiting: number }) {
  const { run, idle, count } = createFairQueue(settings);
  const order: string[] = [];
  const finish: (() => void)[] = [];
  const refused: string[] = [];
  const ask = (asker: Requester | null, name: string) =>
    run(asker, () => {
      order.push(name);
      return new Promise<void>((done) => finish.push(done));
    }).catch((error: unknown) => {
      assert.ok(error instanceof Overloaded);
      refused.push(name);
    });
  const next = async () => {
    finish.shift()?.();
    for (let n = 0; n < 10; n += 1) await Promise.resolve();
  };
  const settle = () => new Promise((go) => setImmediate(go));
  return { ask, next, order, refused, idle, count, settle };
}

test("a user who floods the queue can use all slots, and others in the network still get in soon", async () => {
  const { ask, next, order, refused, count, settle } = queue({ atOnce: 1, mostWaiting: 40 });
  for (let n = 0; n < 100; n += 1) void ask(mallory, "mallory");
  await settle();
  assert.equal(refused.length, 100 - 1 - 40);
  assert.deepEqual(count(), { running: 1, waiting: 40, refused: 59 });
  void ask(sameNetwork, "ada");
  await next();
  await next();
  assert.deepEqual(order, ["mallory", "mallory", "ada"]);
  assert.ok(!refused.includes("ada"));
});

test("one network can use all slots while no one else waits, and others soon get one", async () => {
  const { ask, next, order, refused, settle } = queue({ atOnce: 1, mostWaiting: 40 });
  for (let n = 0; n < 100; n += 1) void ask({ network: "n1", person: `person ${n}` }, "many");
  await settle();
  assert.equal(refused.length, 100 - 1 - 40);
  for (let n = 0; n < 20; n += 1) void ask(elsewhere(n), `from ${n}`);
  await settle();
  assert.deepEqual([...new Set(refused)], ["many"]);
  for (let n = 0; n < 20 + 1; n += 1) await next();
  assert.deepEqual(new Set(order.slice(2)), new Set(Array.from({ length: 20 }, (_, n) => `from ${n}`)));
});

test("two networks that flood the queue get half of the slots each, and all waiting tasks run", async () => {
  const { ask, next, order, refused, idle, settle } = queue({ atOnce: 1, mostWaiting: 40 });
  for (const network of ["n1", "n2"])
    for (let n = 0; n < 100; n += 1) void ask({ network, person: `${network} ${n}` }, network);
  await settle();
  assert.equal(refused.length, 200 - 1 - 40);
  for (let n = 0; n < 41; n += 1) await next();
  const served = (network: string) => order.filter((name) => name === network).length;
  assert.deepEqual([served("n1"), served("n2")], [1 + 20, 20]);
  await settle();
  await idle();
});

test("if one network uses all slots, a user without waiting tasks gets the last slot of a user with several", async () => {
  const { ask, refused, settle } = queue({ atOnce: 1, mostWaiting: 10 });
  for (let n = 0; n < 20; n += 1) void ask(sameNetwork, "unknown");
  void ask({ network: "n1", person: "ada" }, "ada");
  await settle();
  assert.equal(refused.length, 20 - 1 - 10 + 1);
  assert.ok(!refused.includes("ada"));
});

test("if many networks use all slots, another network gets the last slot of the longest queue", async () => {
  const { ask, refused, settle } = queue({ atOnce: 1, mostWaiting: 16 });
  for (let n = 0; n < 40; n += 1) void ask(elsewhere(n % 5), `from ${n % 5}`);
  await settle();
  const before = refused.length;
  void ask(elsewhere(9), "ada");
  await settle();
  assert.equal(refused.length, before + 1);
  assert.ok(!refused.includes("ada"));
});

test("queues take turns, each in order, and all tasks run in the end", async () => {
  const { ask, next, order, idle, settle } = queue({ atOnce: 1, mostWaiting: 100 });
  for (const name of ["a1", "a2", "a3"]) void ask(elsewhere(1), name);
  for (const name of ["b1", "b2"]) void ask(elsewhere(2), name);
  void ask(null, "ours");
  await settle();
  for (let n = 0; n < 6; n += 1) await next();
  assert.deepEqual(order, ["a1", "a2", "b1", "ours", "a3", "b2"]);
  await settle();
  await idle();
});
