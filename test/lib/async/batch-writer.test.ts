import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { batchWrites, whenAllWritten } from "../../../src/lib/async/batch-writer.js";

/** A writer whose writes a test lets end one by one. */
function slowWriter() {
  const written: [string, number][][] = [];
  const errors: unknown[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const write = (values: Map<string, number>) =>
    new Promise<void>((resolve, reject) => {
      written.push([...values]);
      ends.push((error) => (error ? reject(error) : resolve()));
    });
  const writer = batchWrites(write, (error) => errors.push(error));
  return { ...writer, written, errors, ends };
}
/** Lets a write begin: it was planned earlier in the same turn of the event loop. */
const turn = () => setImmediate();

test("values of one moment share a write, and those added during it share the next one", async () => {
  const { add, done, written, ends } = slowWriter();
  add("one", 1);
  add("two", 2);
  add("one", 3);
  await turn();
  add("three", 4);
  add("one", 5);
  await turn();
  assert.deepEqual(written, [
    [
      ["one", 3],
      ["two", 2],
    ],
  ]);
  ends[0]?.();
  await turn();
  assert.deepEqual(written[1], [
    ["three", 4],
    ["one", 5],
  ]);
  ends[1]?.();
  await done();
  assert.equal(written.length, 2);
});

test("a failed write is reported, and the next one is made", async () => {
  const { add, done, written, errors, ends } = slowWriter();
  add("lost", 1);
  await turn();
  add("kept", 2);
  ends[0]?.(new Error("no room"));
  await turn();
  ends[1]?.();
  await done();
  assert.deepEqual(errors.map(String), ["Error: no room"]);
  assert.deepEqual(written[1], [["kept", 2]]);
});

test("all writers are waited for together", async () => {
  const [one, other] = [slowWriter(), slowWriter()];
  one.add("x", 1);
  other.add("y", 2);
  let isDone = false;
  const all = whenAllWritten().then(() => {
    isDone = true;
  });
  await turn();
  one.ends[0]?.();
  await turn();
  assert.equal(isDone, false);
  other.ends[0]?.();
  await all;
});

test("a write does not run in the context of the request that added a value", async () => {
  const requests = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const { add, done } = batchWrites<number>(
    async () => seen.push(requests.getStore()),
    (error) => assert.ifError(error),
  );
  requests.run("request", () => add("x", 1));
  await done();
  assert.deepEqual(seen, [undefined]);
});
