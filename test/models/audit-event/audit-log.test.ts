import "../../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Types } from "mongoose";
import { type AuditQuestion, readAudit } from "../../../src/models/audit-event/audit-log.js";
import { AuditEvent } from "../../../src/models/audit-event.js";
import { countToday, readLastDays } from "../../../src/models/daily-count.js";
import "../../support/database/open.js";
import { explained } from "../../support/database/explained.js";

const DAY_S = 86_400;
const DAYS = 100;
const ada = new Types.ObjectId();
const bob = new Types.ObjectId();
const start = Date.UTC(2026, 0, 1) / 1000;

/** Inserts 3,000 events over 100 days. Every second one is about Ada, and Bob caused every tenth of those. */
before(async () => {
  const events = Array.from({ length: 3_000 }, (_, n) => {
    const _id = new Types.ObjectId(
      Math.floor(start + (n * DAY_S * DAYS) / 3_000).toString(16) + String(n).padStart(16, "0"),
    );
    const user = n % 2 ? ada : new Types.ObjectId();
    const at = _id.getTimestamp();
    return {
      _id,
      event: n % 100 ? "a" : "rare",
      user,
      actor: n % 20 === 1 ? bob : null,
      at,
      expiresAt: new Date(2e12),
    };
  });
  await AuditEvent.insertMany(events);
});

const day = (n: number) => new Date((start + n * DAY_S) * 1000);
const person = String(ada);
const some: AuditQuestion[] = [
  {},
  { person },
  { person: String(bob) },
  { event: "rare" },
  { person, event: "a" },
  { person: String(bob), event: "a" },
  { event: "rare", from: day(20), to: day(30) },
  { from: day(20), to: day(20) },
  { person, event: "a", from: day(20), to: day(90) },
];

for (const question of some) {
  test(`the first two pages for ${JSON.stringify(question)} are read from an index`, async () => {
    const { older } = await readAudit(question);
    for (const before of older ? [undefined, older] : [undefined]) {
      for (const plan of await explained(() => readAudit(question, before))) {
        assert.ok(!plan.stages.has("COLLSCAN") && !plan.stages.has("SORT"), plan.command);
        assert.ok(
          plan.examined <= 51 && plan.keys <= 52,
          `${plan.examined} documents, ${plan.keys} keys: ${plan.command}`,
        );
      }
    }
  });
}

test("paging through the audit log returns each event once, newest first", async () => {
  const seen: string[] = [];
  let before: string | null | undefined;
  while (before !== null) {
    const page = await readAudit({ person: String(bob), from: day(1) }, before);
    seen.push(...page.events.map(({ _id }) => String(_id)));
    before = page.older;
  }
  assert.equal(new Set(seen).size, seen.length);
  assert.deepEqual(seen, [...seen].sort().reverse());
  const all = await AuditEvent.find({ actor: bob }).lean();
  assert.equal(seen.length, all.filter(({ at }) => at >= day(1)).length);
});

test("a date filter covers whole days, including the first and the last", async () => {
  const { events } = await readAudit({ from: day(3), to: day(3) });
  assert.equal(events.length, 30);
  assert.ok(events.every(({ at }) => at >= day(3) && at < day(4)));
});

test("concurrent events are all counted for their day, and one bounded read returns a month", async () => {
  await Promise.all(Array.from({ length: 20 }, () => countToday("signIns")));
  await countToday("failures");
  const days = await readLastDays(30);
  assert.equal(days.length, 30);
  assert.deepEqual({ ...days.at(-1), day: 0 }, { day: 0, signUps: 0, signIns: 20, failures: 1 });
  assert.ok(days.slice(0, -1).every(({ signUps, signIns, failures }) => signUps + signIns + failures === 0));
  for (const plan of await explained(() => readLastDays(30))) {
    assert.ok(!plan.stages.has("COLLSCAN"), plan.command);
    assert.ok(plan.examined <= 30, plan.command);
  }
});
