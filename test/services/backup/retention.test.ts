import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createFileName, selectExpired } from "../../../src/services/operations/backup/retention.js";

const DAY_MS = 86_400_000;
/** A Sunday. */
const today = Date.UTC(2026, 10, 29, 3);
const nameBefore = (days: number, hours = 0) =>
  createFileName(days % 2 === 0, new Date(today - days * DAY_MS - hours * 3_600_000));

test("after a year of daily backups, those of 7 days and of 4 weeks are left", () => {
  let kept: string[] = [];
  for (let day = 365; day >= 0; day -= 1) {
    kept.push(nameBefore(day));
    const expired = selectExpired(kept);
    kept = kept.filter((name) => !expired.includes(name));
  }
  // The weeks end on Sundays: 0, 7, 14 and 21 days ago.
  assert.deepEqual(
    kept,
    [21, 14, 7, 6, 5, 4, 3, 2, 1, 0].map((days) => nameBefore(days)),
  );
});

test("of several backups in a day, the newest is kept; other files never expire", () => {
  const [newest, older, others] = [
    nameBefore(0),
    nameBefore(0, 1),
    ["notes.txt", "postern-x.tar.gz", "postern.tar.gz", "postern-20261129T030000Z.tar.gz"],
  ];
  assert.deepEqual(selectExpired([older, newest, ...others]), [older]);
});

test("sites that share a folder keep their own backups", () => {
  const others = [0, 1, 2].map((hour) => createFileName(false, new Date(today - hour * 3_600_000), "shop.example.org"));
  assert.deepEqual(selectExpired([...others, nameBefore(0), nameBefore(0, 1)]), [nameBefore(0, 1)]);
});

test("after a pause of a year, the backups from before it are kept", () => {
  const old = [400, 401, 402].map((days) => nameBefore(days));
  assert.deepEqual(selectExpired([...old, nameBefore(0)]), []);
});
