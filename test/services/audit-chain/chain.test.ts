import "../../support/environment.js";
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import mongoose, { Types } from "mongoose";
import { stopJobs } from "../../../src/jobs/schedule.js";
import { AuditErasure } from "../../../src/models/audit-erasure.js";
import { AuditEvent, KEPT_MS } from "../../../src/models/audit-event.js";
import { AuditSeal } from "../../../src/models/audit-seal.js";
import { dropExpired } from "../../../src/models/cleanup.js";
import { eraseEvents } from "../../../src/services/operations/audit-chain/erase.js";
import { PART_SIZE, sealAuditLog } from "../../../src/services/operations/audit-chain/seal.js";
import { verifyAuditLog } from "../../../src/services/operations/audit-chain/verify.js";
import "../../support/app.js";

const HOURS = 3_600_000;
const DAYS = 24 * HOURS;
/** The day of these tests. It is over, because a day is sealed only when it is over by the clock of the database, too. */
const today = new Date(`${new Date(Date.now() - DAYS).toISOString().slice(0, 10)}T12:00:00Z`);
const daysAgo = (days: number) => new Date(today.getTime() - days * DAYS);
const formatDay = (date: Date) => date.toISOString().slice(0, 10);
const [ada, bob] = [new Types.ObjectId(), new Types.ObjectId()];

type Changes = { at?: Date; user?: Types.ObjectId; actor?: Types.ObjectId | null };

function createEvent({ at = daysAgo(1), user = ada, actor = null }: Changes = {}) {
  const common = { event: "user.renamed", ip: "192.0.2.1", agent: "x", request: "r1" };
  const details = { from: "ada", to: "augusta" };
  return {
    _id: new Types.ObjectId(),
    ...common,
    user,
    actor,
    at,
    details,
    expiresAt: new Date(at.getTime() + KEPT_MS),
  };
}

async function addEvent(changes?: Changes): Promise<Types.ObjectId> {
  const event = createEvent(changes);
  await AuditEvent.collection.insertOne(event as never);
  return event._id;
}

const seal = (now = today) => sealAuditLog(now);
const verify = (heads?: Record<string, string>, now = today) => verifyAuditLog(heads, now);
const listFaults = async (heads?: Record<string, string>, now?: Date) =>
  (await verify(heads, now)).faults.map(({ day, event, text }) => `${day} ${event ?? "-"} ${text}`);

beforeEach(async () => {
  await stopJobs();
  await Promise.all([AuditEvent.deleteMany(), AuditSeal.deleteMany(), AuditErasure.deleteMany()]);
});

test("every day that is over is sealed, also a day without events; today is not", async () => {
  await addEvent({ at: daysAgo(3) });
  await addEvent({ at: daysAgo(3) });
  await addEvent({ at: daysAgo(1) });
  await addEvent({ at: today });
  await seal();
  const { days, events, erased, last, faults } = await verify();
  assert.deepEqual({ days, events, erased, faults }, { days: 3, events: 3, erased: 0, faults: [] });
  assert.equal(last?.day, formatDay(daysAgo(1)));
  await seal();
  assert.equal(await AuditSeal.countDocuments(), 3);
});

test("a day is sealed half an hour after its end", async () => {
  await addEvent();
  const midnight = new Date(`${formatDay(today)}T00:00:00Z`).getTime();
  await seal(new Date(midnight + 0.4 * HOURS));
  assert.equal(await AuditSeal.countDocuments(), 0);
  await seal(new Date(midnight + 0.6 * HOURS));
  assert.equal(await AuditSeal.countDocuments(), 1);
});

test("a clock that is ahead does not seal a day that is not over", async () => {
  await addEvent({ at: daysAgo(1) });
  await addEvent({ at: new Date() });
  await seal(new Date(Date.now() + 3 * DAYS));
  const { last, faults } = await verify({}, new Date());
  assert.ok(last && last.day < formatDay(new Date()), last?.day);
  assert.deepEqual(faults, []);
});

test("two processes that seal at the same time make one chain", async () => {
  for (const days of [9, 7, 5, 5, 3, 1]) await addEvent({ at: daysAgo(days) });
  await Promise.all([seal(), seal(), seal()]);
  assert.deepEqual(await listFaults(), []);
  assert.equal(await AuditSeal.countDocuments(), 9);
});

test("a large day has several parts, and a run that was interrupted between them continues", async () => {
  const at = daysAgo(1);
  const many = Array.from({ length: PART_SIZE + 5 }, () => createEvent({ at }));
  await AuditEvent.collection.insertMany(many as never[]);
  await seal();
  assert.deepEqual(
    (await AuditSeal.find().sort("_id")).map(({ isLast }) => isLast),
    [false, true],
  );
  await AuditSeal.deleteOne({ isLast: true });
  assert.match((await listFaults())[0] ?? "", /not sealed/);
  await seal();
  const { events, faults } = await verify();
  assert.deepEqual({ events, faults }, { events: PART_SIZE + 5, faults: [] });
});

describe("someone who can write to the database", () => {
  /** Each change of a sealed event, and what is said about it. */
  const changes: Record<string, { change: object; text: RegExp }> = {
    "renames it": { change: { $set: { event: "profile.edited" } }, text: /This event was changed/ },
    "changes its user": { change: { $set: { user: bob } }, text: /This event was changed/ },
    "removes its user": { change: { $set: { user: null } }, text: /This event was changed/ },
    "changes its actor": { change: { $set: { actor: ada } }, text: /The actor of this event was changed/ },
    "removes its actor": { change: { $set: { actor: null } }, text: /The actor of this event was changed/ },
    "changes its address": { change: { $set: { ip: "192.0.2.9" } }, text: /This event was changed/ },
    "changes its browser": { change: { $set: { agent: "y" } }, text: /This event was changed/ },
    "changes its request": { change: { $set: { request: "r2" } }, text: /This event was changed/ },
    "changes a detail": { change: { $set: { "details.to": "eve" } }, text: /This event was changed/ },
    "removes a detail": { change: { $unset: { "details.to": 1 } }, text: /This event was changed/ },
    "changes its time": { change: { $set: { at: daysAgo(2) } }, text: /This event was changed/ },
    "gives its time a wrong type": { change: { $set: { at: "yesterday" } }, text: /This event was changed/ },
    "lets it expire early": { change: { $set: { expiresAt: today } }, text: /This event was changed/ },
  };
  for (const [name, { change, text }] of Object.entries(changes)) {
    test(`${name}: detected, and its id is reported`, async () => {
      await addEvent();
      const changed = await addEvent({ actor: bob });
      await addEvent();
      await seal();
      await AuditEvent.collection.updateOne({ _id: changed }, change);
      const [fault = "", ...more] = await listFaults();
      assert.match(fault, text);
      assert.ok(fault.startsWith(`${formatDay(daysAgo(1))} ${changed} `), fault);
      assert.deepEqual(more, []);
    });
  }

  test("removes events: the first one is named first", async () => {
    const removed = await addEvent({ at: daysAgo(3) });
    const alsoRemoved = await addEvent({ at: daysAgo(2) });
    await addEvent({ at: daysAgo(2) });
    await seal();
    await AuditEvent.collection.deleteMany({ _id: { $in: [alsoRemoved, removed] } });
    assert.deepEqual(await listFaults(), [
      `${formatDay(daysAgo(3))} ${removed} This event was removed.`,
      `${formatDay(daysAgo(2))} ${alsoRemoved} This event was removed.`,
    ]);
  });

  test("adds an event to a sealed day: found", async () => {
    await addEvent();
    await seal();
    const added = await addEvent();
    assert.deepEqual(await listFaults(), [
      `${formatDay(daysAgo(1))} ${added} This event was added after the day was sealed.`,
    ]);
  });

  /** Ways to insert an event today that seems to be older, or that no day contains. Each gets other times than a real one. */
  const planted: Record<string, object> = {
    "seems to be older, and is sealed today": { at: daysAgo(2), expiresAt: new Date(daysAgo(1).getTime() + KEPT_MS) },
    "is older than the first sealed day": { at: daysAgo(200), expiresAt: new Date(daysAgo(200).getTime() + KEPT_MS) },
    "expires in a century": { at: daysAgo(1), expiresAt: new Date(today.getTime() + 36_500 * DAYS) },
    "never expires": { at: daysAgo(1), expiresAt: null },
    "has a text as its expiry date": { at: daysAgo(1), expiresAt: "2099-01-01" },
  };
  for (const [name, times] of Object.entries(planted)) {
    test(`adds an event that ${name}: found`, async () => {
      await addEvent({ at: daysAgo(2) });
      await seal(new Date(today.getTime() - 1 * DAYS));
      const added = { ...createEvent(), ...times };
      await AuditEvent.collection.insertOne(added as never);
      await seal();
      const [fault = "", ...more] = await listFaults();
      assert.ok(fault.includes(String(added._id)), fault);
      assert.match(fault, /The time of this event is not one of a day that was sealed|This event has another time/);
      assert.deepEqual(more, []);
    });
  }

  test("changes a seal, or signs it with a key of their own: found", async () => {
    for (const days of [3, 2, 1]) await addEvent({ at: daysAgo(days) });
    await seal();
    const _id = `${formatDay(daysAgo(2))}/0000`;
    const seals = AuditSeal.collection;
    const whole = await seals.findOne({ _id: _id as never });
    for (const change of [
      { entries: Buffer.alloc(44) },
      { entries: "x" },
      { isLast: false },
      { sealedAt: today.getTime() },
      { head: "0" },
    ]) {
      await seals.updateOne({ _id: _id as never }, { $set: change as never });
      assert.notDeepEqual(await listFaults(), [], JSON.stringify(change));
      await seals.replaceOne({ _id: _id as never }, whole as never);
    }
    assert.deepEqual(await listFaults(), []);
    await seals.updateOne({ _id: _id as never }, { $set: { key: "00000000" } });
    assert.match((await listFaults())[0] ?? "", /made with a key that is not in AUDIT_KEY/);
  });

  test("removes seals at the beginning, in the middle, or at the end: found", async () => {
    for (const days of [4, 3, 2, 1]) await addEvent({ at: daysAgo(days) });
    await seal();
    const seals = AuditSeal.collection;
    const texts = {
      4: /The seals before .* are missing/,
      3: /Seals between .* are missing/,
      1: /This day is not sealed/,
    };
    for (const [days, text] of Object.entries(texts)) {
      const _id = `${formatDay(daysAgo(Number(days)))}/0000` as never;
      const removed = await seals.findOne({ _id });
      await seals.deleteOne({ _id });
      assert.match((await listFaults())[0] ?? "", text);
      await seals.insertOne(removed as never);
    }
    assert.deepEqual(await listFaults(), []);
  });

  test("removes the last days, which the app then reseals: detected with the emailed head", async () => {
    await addEvent({ at: daysAgo(2) });
    const unwanted = await addEvent({ at: daysAgo(1) });
    await seal();
    const { last } = await verify();
    const heads = { [formatDay(daysAgo(1))]: last?.head ?? "" };
    assert.deepEqual(await listFaults(heads), []);
    await AuditEvent.deleteOne({ _id: unwanted });
    await AuditSeal.deleteOne({ _id: `${formatDay(daysAgo(1))}/0000` });
    assert.match((await listFaults(heads))[0] ?? "", /This day is not sealed/);
    await seal();
    assert.deepEqual(await listFaults(), []);
    assert.match((await listFaults(heads))[0] ?? "", /The head differs from the one in your email/);
  });

  test("forges an erasure: found", async () => {
    const removed = await addEvent();
    await seal();
    await AuditEvent.deleteOne({ _id: removed });
    const at = new Date();
    const key = (await AuditSeal.findOne())?.key ?? "";
    await AuditErasure.add({ what: "event", events: [removed], at, key, mac: "0".repeat(64), expiresAt: at });
    assert.match((await listFaults())[0] ?? "", /This event was removed/);
  });
});

test("a deleted account leaves no trace but the ids of its events, and the chain stays valid", async () => {
  await addEvent();
  await addEvent({ user: bob });
  const caused = await addEvent({ actor: bob });
  await seal();
  await eraseEvents([bob]);
  await eraseEvents([bob]);
  const { erased, faults } = await verify();
  assert.deepEqual({ erased, faults }, { erased: 1, faults: [] });
  assert.equal(await AuditEvent.countDocuments({ user: bob }), 0);
  for (const { collection } of [AuditEvent, AuditSeal, AuditErasure])
    assert.ok(!JSON.stringify(await collection.find().toArray()).includes(String(bob)));
  await AuditEvent.collection.updateOne({ _id: caused }, { $set: { actor: new Types.ObjectId() } });
  assert.match((await listFaults())[0] ?? "", /The actor of this event was changed/);
});

test("expired events and their seals leave a valid chain", async () => {
  await addEvent({ at: daysAgo(403) });
  await addEvent({ at: daysAgo(402) });
  await addEvent({ at: daysAgo(5) });
  await seal(daysAgo(4));
  for (const later of [1, 2, 3, 4]) {
    const now = daysAgo(4 - later);
    await dropExpired(now);
    await seal(now);
    assert.deepEqual(await listFaults({}, now), [], `${later} days later`);
  }
  assert.equal(await AuditEvent.countDocuments(), 1);
  assert.ok(!(await AuditSeal.exists({ _id: `${formatDay(daysAgo(403))}/0000` })));
});

test("the entries of a seal contain nothing of an event but its id", async () => {
  await addEvent();
  await seal();
  const [stored] = await mongoose.connection.collection("auditseals").find().toArray();
  assert.equal(stored?.entries.length(), 12 + 2 * 16);
});
