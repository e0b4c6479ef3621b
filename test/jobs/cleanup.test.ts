import "../support/environment.js";
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { mock, test } from "node:test";
import mongoose, { Types } from "mongoose";
import { cleanUpAccounts, cleanUpExpired } from "../../src/jobs/cleanup.js";
import { AuditEvent } from "../../src/models/audit-event.js";
import { DevMail } from "../../src/models/dev-mail.js";
import { Device } from "../../src/models/device.js";
import { storeFile } from "../../src/models/export/files.js";
import { Export } from "../../src/models/export.js";
import { LoginThrottle } from "../../src/models/login-throttle.js";
import { MailedLink } from "../../src/models/mailed-link.js";
import { Session } from "../../src/models/session.js";
import { User } from "../../src/models/user.js";
import { makeExport } from "../../src/services/account/export/export.js";
import "../support/app.js";
import { member, signedUp } from "../support/users.js";

const HOURS = 3_600_000;
const DAYS = 24 * HOURS;

const collection = (name: string) => mongoose.connection.collection(name);
const sizes = async (...names: string[]) => Promise.all(names.map((name) => collection(name).countDocuments()));

/** Inserts one document of each kind that expires, with this date. */
async function enter(date: Date, count = 1) {
  const user = new Types.ObjectId();
  const seen = { user, firstSeenAt: date, lastSeenAt: date, expiresAt: date };
  for (let n = 0; n < count; n += 1) {
    const key = String(new Types.ObjectId());
    await Session.collection.insertOne({ _id: key as never, session: {}, expires: date } as never);
    await MailedLink.collection.insertOne({ hash: key, purpose: "not-me", user, email: "", epoch: 0, expiresAt: date });
    await Device.collection.insertOne({ key, ...seen } as never);
    await AuditEvent.collection.insertOne({ event: "x", user, at: date, expiresAt: date } as never);
    await LoginThrottle.collection.insertOne({ _id: key as never, expiresAt: date } as never);
    await DevMail.collection.insertOne({ to: key, at: new Date(date.getTime() - 7 * DAYS) } as never);
    await collection("limits").insertOne({ key, expire: date });
  }
}
const kinds = ["sessions", "tokens", "devices", "auditevents", "loginattempts", "keptmails", "limits"];

test("expired documents are deleted and others stay, even if two sweeps run at once", async () => {
  const now = Date.now();
  const before = await sizes(...kinds);
  await enter(new Date(now - 1), 3);
  await enter(new Date(now + HOURS), 2);
  await Promise.all([cleanUpExpired(new Date(now)), cleanUpExpired(new Date(now))]);
  const after = await sizes(...kinds);
  assert.deepEqual(
    after.map((size, index) => size - (before[index] ?? 0)),
    kinds.map(() => 2),
  );
  await cleanUpExpired(new Date(now + 2 * HOURS));
  assert.deepEqual(await MailedLink.countDocuments({ email: "" }), 0);
});

test("large numbers are deleted in batches", async () => {
  const many = Array.from({ length: 1_234 }, (_, n) => ({ key: `many${n}`, expire: new Date(0) }));
  await collection("limits").insertMany(many);
  await cleanUpExpired();
  assert.equal(await collection("limits").countDocuments({ key: /^many/ }), 0);
});

test("a session used during the sweep stays", async () => {
  const expires = new Date(Date.now() - 1);
  await Session.collection.insertOne({ _id: "used" as never, session: {}, expires } as never);
  const find = Session.collection.find.bind(Session.collection);
  const renewing = mock.method(Session.collection, "find", (...asked: Parameters<typeof find>) => {
    const cursor = find(...asked);
    const { toArray } = cursor;
    cursor.toArray = async () => {
      const found = await toArray.call(cursor);
      await Session.store("used", {}, new Date(Date.now() + HOURS));
      return found;
    };
    return cursor;
  });
  await cleanUpExpired();
  renewing.mock.restore();
  assert.equal(await Session.countDocuments({ _id: "used" }), 1);
});

test("an export is deleted after a day, with both files and all their chunks", async () => {
  const ada = await member();
  const { id } = await User.findOne({ username: ada.username }).orFail();
  await makeExport({ id: (await Export.ask(id)) ?? "" });
  const places = ["exports", "exports.files", "exports.chunks"];
  assert.deepEqual(await sizes(...places), [1, 2, 2]);
  await cleanUpExpired(new Date(Date.now() + 23 * HOURS));
  assert.deepEqual(await sizes(...places), [1, 2, 2]);
  await cleanUpExpired(new Date(Date.now() + 25 * HOURS));
  assert.deepEqual(await sizes(...places), [0, 0, 0]);
});

test("orphaned files and chunks are deleted a day later", async () => {
  await storeFile("stray", Readable.from(["x".repeat(600_000)]));
  await collection("exports.chunks").insertOne({ files_id: new Types.ObjectId(), n: 0, data: Buffer.from("piece") });
  await cleanUpExpired(new Date(Date.now() + 2 * HOURS));
  assert.deepEqual(await sizes("exports.files", "exports.chunks"), [1, 4], "a process may still be writing them");
  await cleanUpExpired(new Date(Date.now() + 27 * HOURS));
  assert.deepEqual(await sizes("exports.files", "exports.chunks"), [0, 0]);
});

test("an export that was never finished can be requested again", async () => {
  const user = String(new Types.ObjectId());
  assert.ok(await Export.ask(user));
  assert.equal(await Export.ask(user), null);
  await cleanUpExpired(new Date(Date.now() + 3 * HOURS));
  assert.ok(await Export.ask(user));
});

test("a failed file upload leaves no chunk", async () => {
  const before = await sizes("exports.files", "exports.chunks");
  async function* failing() {
    yield "x".repeat(600_000);
    throw new Error("away");
  }
  await assert.rejects(storeFile("failing", Readable.from(failing())), /away/);
  assert.deepEqual(await sizes("exports.files", "exports.chunks"), before);
});

test("failed jobs are deleted after an hour; waiting and recurring jobs stay", async () => {
  const jobs = collection("jobs");
  const over = { name: "send-mail", type: "normal", nextRunAt: null, lockedAt: null, lastFinishedAt: new Date() };
  await jobs.insertOne({ ...over, data: { given: "up" } });
  await jobs.insertOne({ ...over, nextRunAt: new Date(Date.now() + 9 * DAYS), data: { it: "waits" } });
  await cleanUpExpired();
  assert.equal(await jobs.countDocuments({ "data.given": "up" }), 1);
  await cleanUpExpired(new Date(Date.now() + 2 * HOURS));
  assert.equal(await jobs.countDocuments({ "data.given": "up" }), 0);
  assert.equal(await jobs.countDocuments({ "data.it": "waits" }), 1);
  assert.ok((await jobs.countDocuments({ repeatInterval: { $ne: null } })) >= 2);
});

test("the account sweep deletes unconfirmed registrations after two days; accounts that logged in stay", async () => {
  const [ada, bob] = [await signedUp(), await signedUp()];
  await User.collection.updateOne({ username: bob.username }, { $set: { lastLoginAt: new Date() } });
  await cleanUpAccounts(new Date(Date.now() + 3 * DAYS));
  assert.equal(await User.countDocuments({ username: ada.username }), 0);
  assert.equal(await User.countDocuments({ username: bob.username }), 1);
});
