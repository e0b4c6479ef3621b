import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import mongoose from "mongoose";
import { whenAllWritten } from "../../../src/lib/async/batch-writer.js";
import { countProtected } from "../../../src/models/user/search/factor-share.js";
import { User } from "../../../src/models/user.js";
import { explained } from "../../support/database/explained.js";
import { addApp, codeFor, protectedMember } from "../../support/users/factors.js";
import { newPerson, registeredMember, withRole } from "../../support/users.js";
import { visitor } from "../../support/visitor.js";

const today = () => new Date().toISOString().slice(0, 10);
const barsOn = (text: string) => text.slice(text.indexOf('class="charts"')).match(/<rect/g)?.length ?? 0;
const counts = async () => {
  await whenAllWritten();
  return mongoose.connection.collection<{ _id: string }>("daycounts").findOne({ _id: today() });
};

test("the overview shows today's registrations, logins and failures as numbers and in charts", async () => {
  const admin = await withRole("admin");
  const ada = await registeredMember();
  for (let n = 0; n < 2; n += 1)
    await visitor().submit("/login", { login: ada.username, password: "not-the-password" });
  const { signUps, signIns, failures } = (await counts()) as unknown as Record<string, number>;
  assert.deepEqual([signUps, signIns, failures], [1, 2, 2]);
  const { status, text } = await admin.get("/admin");
  assert.equal(status, 200);
  assert.equal(text.match(/<svg class="chart/g)?.length, 3);
  assert.equal(barsOn(text), 3, "each chart has one bar, for today");
  assert.match(text, /1 in the last 30 days, 1 on the busiest day/);
  assert.equal(text.match(/<th scope="row">/g)?.length, 30);
  assert.match(text, /figure-number">2<\/span> <span>Users/);
  assert.match(text, /session\.refused/);
});

test("a day without events has no bar, and a full month has one bar for each day", async () => {
  const admin = await withRole("admin");
  const days = mongoose.connection.collection<{ _id: string; signUps: number }>("daycounts");
  const kept = await days.find().toArray();
  await days.deleteMany({});
  assert.equal(barsOn((await admin.get("/admin")).text), 0);
  for (let n = 0; n < 40; n += 1) {
    await days.insertOne({ _id: new Date(Date.now() - n * 86_400_000).toISOString().slice(0, 10), signUps: 1 + n });
  }
  const { text } = await admin.get("/admin");
  assert.equal(barsOn(text), 30);
  assert.match(text, /465 in the last 30 days, 30 on the busiest day/);
  await days.deleteMany({});
  if (kept.length > 0) await days.insertMany(kept);
});

test("a login succeeds even if it cannot be counted", async () => {
  const ada = await registeredMember();
  const { username: login, password } = ada;
  const days = mongoose.connection.collection<{ _id: string }>("daycounts");
  const broken = { signIns: "a text cannot be incremented", signUps: "neither can this" };
  await days.updateOne({ _id: today() }, { $set: broken }, { upsert: true });
  assert.equal((await visitor().submit("/login", { login, password })).status, 303);
  assert.equal((await visitor().submit("/register", newPerson())).status, 303);
  const { signIns, signUps } = (await counts()) as unknown as typeof broken;
  assert.deepEqual({ signIns, signUps }, broken);
  await days.deleteOne({ _id: today() });
});

test("wrong codes count as failed logins", async () => {
  const ada = await protectedMember();
  const before = (await counts()) as unknown as { failures?: number };
  const browser = visitor();
  await browser.submit("/login", { login: ada.username, password: ada.password });
  assert.equal((await browser.submit("/login/second-factor", { code: codeFor(ada.key, 9) })).status, 401);
  const { failures } = (await counts()) as unknown as { failures: number };
  assert.equal(failures, (before.failures ?? 0) + 1);
});

test("the overview shows the share of users with a second factor", async () => {
  await User.updateMany({}, { lastLoginAt: null });
  const [admin, ada] = [await withRole("admin"), await registeredMember()];
  const read = async () =>
    /figure-number">(\d+) %<\/span> <span>With a second factor</.exec((await admin.get("/admin")).text);
  assert.equal((await read())?.[1], "0");
  await addApp(ada);
  assert.equal((await read())?.[1], "50");
});

test("the share is read from the users who logged in last, by an index, at the same cost for any number of users", async () => {
  for (let n = 0; n < 5; n += 1) await registeredMember();
  for (const { stages, examined, command } of await explained(() => countProtected(3))) {
    assert.ok(stages.has("IXSCAN") && !stages.has("SORT") && !stages.has("COLLSCAN"), command);
    assert.equal(examined, 3, command);
  }
});
