import assert from "node:assert/strict";
import { test } from "node:test";
import { getPage, PAGE_SIZE } from "../../src/lib/pagination.js";

test("every number is on exactly one page", () => {
  for (const last of [0, 1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 95]) {
    const { total } = getPage(last, 1);
    const numbers: number[] = [];
    for (let asked = 1; asked <= total; asked += 1) {
      const { highest, above } = getPage(last, asked);
      for (let number = highest; number > Math.max(above, 0); number -= 1) numbers.push(number);
    }
    assert.deepEqual(
      numbers,
      Array.from({ length: last }, (_, n) => last - n),
      String(last),
    );
  }
});

test("an empty list has one page; pages beyond the ends are clamped", () => {
  assert.deepEqual(getPage(0, 1), { current: 1, total: 1, highest: 0, above: -PAGE_SIZE });
  assert.equal(getPage(45, 0).current, 1);
  assert.equal(getPage(45, -7).current, 1);
  assert.equal(getPage(45, 3).current, 3);
  assert.equal(getPage(45, 1e9).current, 3);
});
