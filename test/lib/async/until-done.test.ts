import assert from "node:assert/strict";
import { test } from "node:test";
import { actOnEach, iterateNew, repeatUntilDone } from "../../../src/lib/async/until-done.js";

test("batches run until one finds nothing or they are stopped", async () => {
  let left = 7;
  const batch = async () => {
    const handled = Math.min(3, left);
    left -= handled;
    return handled;
  };
  assert.equal(await repeatUntilDone(batch), 7);
  left = 7;
  let asked = 0;
  const stop = {
    get aborted() {
      asked += 1;
      return asked > 2;
    },
  };
  assert.equal(await repeatUntilDone(batch, stop), 6);
});

test("a failed item is tried once, blocks no others even if many fail, and is reported at the end", async () => {
  const waiting = new Set([1, 2, 3, 4, 5, 6, 7]);
  const list = async (failed: number[]) =>
    [...waiting]
      .filter((n) => !failed.includes(n))
      .slice(0, 2)
      .map((n) => ({ _id: n }));
  const acted: number[] = [];
  const act = async ({ _id: n }: { _id: number }) => {
    acted.push(n);
    if (n < 4) throw new Error(`${n} is stuck`);
    waiting.delete(n);
  };
  const failing = actOnEach(iterateNew(list), act, { what: "numbers" });
  await assert.rejects(failing, { name: "AggregateError", message: "3 numbers failed" });
  assert.deepEqual(acted, [1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual([...waiting], [1, 2, 3]);
});
