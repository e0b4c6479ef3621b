import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createFileName, selectExpired } from "../../../src/services/operations/backup/retention.js";

const DAY_MS = 86_400_000;
/** A Sunday. */
const today = Date.UTC(2026, 10, 29, 3);
const now = new Date(today);
const nameBefore = (days: number, hours = 0) =>
  createFileName(days % 2 === 0, new Date(today - days * DAY_MS - hours * 3_600_000));

test("after a year of daily backups, those of 7 days and of 4 weeks are left", () => {
  let kept: string[] = [];
  for (let day = 365; day >= 0; day -= 1) {
    kept.push(nameBefore(day));
    const expired = selectExpired(kept, new Date(today - day * DAY_MS));
    kept = kept.filter((name) => !expired.includes(name));
  }
  // The weeks end on Sundays: 0, 7, 14 and 21 days ago.
  assert.deepEqual(
    kept,
    [21, 14, 7, 6, 5, 4, 3, 2, 1, 0].map((days) => nameBefore(days)),
  );
});

test("of several backups in a day, the newest is kept in the end; other files never expire", () => {
  const [newest, older, others] = [
    nameBefore(3),
    nameBefore(3, 1),
    ["notes.txt", "postern-x.tar.gz", "postern.tar.gz", "postern-20261129T030000Z.tar.gz"],
  ];
  assert.deepEqual(selectExpired([older, newest, ...others], now), [older]);
});

test("a backup that was made before an upgrade is kept for two days, although daily ones follow", () => {
  const manual = createFileName(false, new Date(today - 47 * 3_600_000));
  const old = createFileName(false, new Date(today - 49 * 3_600_000));
  const daily = [0, 1, 3].map((days) => nameBefore(days));
  assert.deepEqual(selectExpired([old, manual, nameBefore(0, 1), ...daily], now), [old]);
});

test("sites that share a folder keep their own backups", () => {
  const others = [72, 73, 74].map((hours) =>
    createFileName(false, new Date(today - hours * 3_600_000), "shop.example.org"),
  );
  assert.deepEqual(selectExpired([...others, nameBefore(3), nameBefore(3, 1)], now), [nameBefore(3, 1)]);
});

test("after a pause of a year, the backups from before it are kept", () => {
  const old = [400, 401, 402].map((days) => nameBefore(days));
  assert.deepEqual(selectExpired([...old, nameBefore(0)], now), []);
});
