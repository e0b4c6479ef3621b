import "../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import mongoose, { Types } from "mongoose";
import { ApiSession } from "../../src/models/api-session.js";
import { LoginThrottle, type Try } from "../../src/models/login-throttle.js";
import { consume } from "../../src/models/rate-limit.js";
import { Session } from "../../src/models/session.js";
import { User } from "../../src/models/user.js";
import "../support/database/open.js";

// Data written while the clock of this process is 31 days ahead must do no harm once the clock is right again.

const HOURS = 3_600_000;
const DAYS = 24 * HOURS;
const AHEAD_MS = 31 * DAYS;

afterEach(() => mock.timers.reset());

/** Runs an action while the clock is ahead, and then corrects the clock. */
async function whileAhead<Result>(act: () => Promise<Result>): Promise<Result> {
  const now = Date.now();
  mock.timers.enable({ apis: ["Date"], now: now + AHEAD_MS });
  const result = await act();
  mock.timers.setTime(now);
  return result;
}

const username = (name: string) => ({ username: name, email: `${name}@example.org`, emailConfirmedAt: new Date() });

test("a rate limit that was used up while the clock was ahead is full again", async () => {
  const budget = { points: 2, durationSeconds: 3600 };
  await whileAhead(async () => {
    for (let n = 0; n < 5; n += 1) await consume("clock", "192.0.2.1", budget);
    assert.notEqual(await consume("clock", "192.0.2.1", budget), null);
  });
  assert.equal(await consume("clock", "192.0.2.1", budget), null);
  assert.equal(await consume("clock", "192.0.2.1", budget), null);
  const pauseMs = await consume("clock", "192.0.2.1", budget);
  assert.ok(pauseMs !== null && pauseMs <= 1 * HOURS, String(pauseMs));
});

test("password attempts made while the clock was ahead cause no lockout, and the owner is notified of the next one", async () => {
  const account = String(new Types.ObjectId());
  const place: Try = { account, name: "", network: "192.0.2.1", device: null, ip: "192.0.2.1", agent: "test" };
  await whileAhead(async () => {
    for (let n = 0; n < 10; n += 1) await LoginThrottle.count(place);
    assert.equal((await LoginThrottle.count(place)).isAllowed, false);
    await LoginThrottle.noteTold((await LoginThrottle.count(place)).of);
  });
  const counted = [];
  for (let n = 0; n < 6; n += 1) counted.push(await LoginThrottle.count(place));
  assert.deepEqual(
    counted.map(({ isAllowed }) => isAllowed),
    [true, true, true, true, true, false],
  );
  mock.timers.tick(60_000);
  assert.equal((await LoginThrottle.listUntold()).length, 1);
});

test("the owner is notified of a lockout soon, even if an earlier notice was scheduled while the clock was ahead", async () => {
  const account = String(new Types.ObjectId());
  const place: Try = { account, name: "", network: "192.0.2.1", device: null, ip: "192.0.2.1", agent: "test" };
  const tries = async () => {
    for (let n = 0; n < 6; n += 1) await LoginThrottle.count(place);
  };
  await whileAhead(tries);
  await tries();
  mock.timers.tick(60_000);
  assert.ok((await LoginThrottle.listUntold()).some(({ user }) => String(user) === account));
});

test("a session that began while the clock was ahead is invalid, because it would count as recent for too long", async () => {
  const { _id } = await User.create(username("ada"));
  const content = { passport: { user: _id }, epoch: 0 };
  const stored = async (id: string) => {
    const times = { signedInAt: Date.now(), authenticatedAt: Date.now() };
    await Session.store(id, { ...content, ...times }, new Date(Date.now() + 1 * HOURS));
  };
  const live = (id: string) => Session.findLive(id, 12 * HOURS);
  await stored("right");
  assert.ok(await live("right"));
  await whileAhead(() => stored("ahead"));
  assert.equal(await live("ahead"), null);

  // The user confirmed the password while the clock was ahead.
  const again = { signedInAt: Date.now(), authenticatedAt: Date.now() + AHEAD_MS };
  await Session.store("again", { ...content, ...again }, new Date(Date.now() + 1 * HOURS));
  assert.equal(await live("again"), null);
});

test("an API session that began while the clock was ahead is invalid", async () => {
  const user = await User.create(username("bob"));
  const beginning = () => ({ ip: "192.0.2.1", agent: "test", expiresAt: new Date(Date.now() + 30 * DAYS) });
  const entered = await User.findById(user._id).orFail();
  const right = await ApiSession.begin(entered, beginning());
  assert.ok(await ApiSession.findLive(String(right._id)));
  const ahead = await whileAhead(() => ApiSession.begin(entered, beginning()));
  assert.equal(await ApiSession.findLive(String(ahead._id)), null);
  assert.equal(await mongoose.connection.collection("apisessions").countDocuments(), 2);
});
