import "../support/environment.js";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Types } from "mongoose";
import { getNetwork } from "../../src/lib/network/ip.js";
import { LoginThrottle, type Try } from "../../src/models/login-throttle.js";
import "../support/database/open.js";

const SECONDS = 1_000;
const MINUTES = 60 * SECONDS;
const HOURS = 60 * MINUTES;

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date"], now: Date.now() });
  await LoginThrottle.deleteMany({});
});

const account = String(new Types.ObjectId());
const place: Try = { account, name: "", network: "192.0.2.1", device: null, ip: "192.0.2.1", agent: "test" };
const attempt = (other: Partial<Try> = {}) => LoginThrottle.count({ ...place, ...other });
const from = (n: number) => ({ network: `198.51.100.${n}`, ip: `198.51.100.${n}` });

/** Returns how many attempts in a row are allowed. */
async function free(other: (n: number) => Partial<Try>): Promise<number> {
  for (let n = 0; n < 300; n += 1) if (!(await attempt(other(n))).isAllowed) return n;
  return Number.POSITIVE_INFINITY;
}

/** Advances the clock until an attempt is allowed again. Returns the seconds that passed. */
async function lockSeconds(other: Partial<Try>, step = 1): Promise<number> {
  for (let seconds = 0; seconds < 2_000; seconds += step) {
    if ((await attempt(other)).isAllowed) return seconds;
    mock.timers.tick(step * SECONDS);
  }
  return Number.POSITIVE_INFINITY;
}

test("an account allows five attempts per network, fifty in total, and ten per known browser", async () => {
  assert.equal(await free(() => ({})), 5);
  assert.equal(await free((n) => from(n)), 45, "fifty in total, with the first five");
  assert.equal(await free(() => ({ device: "known" })), 10);
  assert.equal(await free(() => ({ device: "another" })), 10);
});

test("an account allows five attempts per IPv6 /64, ten per /56 and twenty per /48, so one customer cannot use up the total", async () => {
  const at = (ip: string) => ({ network: getNetwork(ip), ip });
  assert.equal(await free(() => at("2001:db8:1:1::1")), 5);
  assert.equal(
    await free((n) => at(`2001:db8:1:${(n + 2).toString(16)}::1`)),
    5,
    "ten for the /56, with the first five",
  );
  assert.equal(
    await free((n) => at(`2001:db8:1:${(n + 1).toString(16)}00::1`)),
    10,
    "twenty for the /48, with the ten before",
  );
  assert.equal(await free((n) => from(n)), 30, "fifty in total, with the twenty before");
});

test("the worked example of the lockout rule is correct at every attempt", async () => {
  const table = [
    // at, counted as, allowed, last, locked until, owner notified at
    ["12:00:00", 1, true, false, null, null],
    ["12:00:05", 2, true, false, null, null],
    ["12:00:10", 3, true, false, null, null],
    ["12:00:15", 4, true, false, null, null],
    ["12:00:20", 5, true, true, "12:00:50", "12:00:50"],
    ["12:00:30", 5, false, false, "12:00:50", "12:00:50"],
    ["12:01:00", 6, true, true, "12:02:00", "12:00:50"],
    ["12:03:00", 7, true, true, "12:05:00", "12:00:50"],
  ] as const;
  const clock = (date: Date | null | undefined) => (date?.getTime() ? date.toISOString().slice(11, 19) : null);
  for (const [at, tries, isAllowed, isLast, lockedUntil, tellAt] of table) {
    mock.timers.setTime(Date.parse(`2030-01-01T${at}Z`));
    const counted = await attempt();
    const stored = await LoginThrottle.findById(counted.of).orFail();
    const network = stored.places.find(({ key }) => key === "network 192.0.2.1");
    assert.deepEqual(
      [at, network?.tries, counted.isAllowed, counted.isLast, clock(network?.lockedUntil), clock(stored.tellAt)],
      [at, tries, isAllowed, isLast, lockedUntil, tellAt],
    );
  }
});

test("attempts for unknown names have the same limits as those for accounts", async () => {
  assert.equal(await free(() => ({ account: null, name: "ghost" })), 5);
  assert.equal(await free((n) => ({ account: null, name: "ghost", ...from(n) })), 45);
  assert.equal(await free(() => ({ account: null, name: "another" })), 5);
  assert.equal(
    await free(() => ({ account: null, name: `account ${account}` })),
    5,
    "a typed name is never counted for an account",
  );
});

test("repeated lockouts grow from 30 seconds to 15 minutes", async () => {
  await free(() => ({ device: "known" }));
  const locks = [];
  for (let n = 0; n < 8; n += 1) locks.push(await lockSeconds({ device: "known" }, 10));
  assert.deepEqual(locks, [30, 60, 120, 240, 480, 900, 900, 900]);
});

test("attempts during a lockout neither extend it nor count toward other limits", async () => {
  await free(() => ({}));
  for (let n = 0; n < 100; n += 1) assert.equal((await attempt()).isAllowed, false);
  mock.timers.tick(30 * SECONDS);
  assert.equal((await attempt()).isAllowed, true);
  assert.equal(await free((n) => from(n)), 44);
});

test("attempts during a lockout of the whole account do not count against a network", async () => {
  await free((n) => from(n));
  for (let n = 0; n < 20; n += 1) assert.equal((await attempt(from(200))).isAllowed, false);
  mock.timers.tick(30 * SECONDS);
  assert.equal((await attempt(from(200))).isAllowed, true);
});

test("counts expire after a day, and a patient attacker gets about a hundred attempts a day", async () => {
  await free((n) => from(n));
  mock.timers.tick(24 * HOURS);
  assert.equal(await free((n) => from(n)), 50);
  let tries = 0;
  for (let minutes = 0; minutes < 24 * 60; minutes += 1, mock.timers.tick(MINUTES)) {
    if ((await attempt(from(minutes % 200))).isAllowed) tries += 1;
  }
  assert.ok(tries >= 90 && tries <= 105, String(tries));
  assert.ok((await LoginThrottle.findOne().orFail()).places.length < 200, "old counts are deleted");
});

test("a correct password clears only the count of its own browser; another proof of identity clears all counts", async () => {
  await free(() => ({}));
  await free((n) => from(n));
  for (let n = 0; n < 9; n += 1) await attempt({ device: "known" });
  await LoginThrottle.forgive(await attempt({ device: "known" }));
  assert.equal(await free(() => ({ device: "known" })), 10);
  assert.equal((await attempt()).isAllowed, false);
  await LoginThrottle.forget(account);
  assert.equal(await free(() => ({ device: "known" })), 10);
  assert.equal(await free(() => ({})), 5);
});

test("a correct password from an unknown browser clears the counts of its network and the total", async () => {
  for (let n = 0; n < 49; n += 1) await attempt(from(n % 12));
  const right = await attempt();
  assert.ok(right.isAllowed && right.isLast);
  await LoginThrottle.forgive(right);
  assert.equal(await free(() => ({})), 5);
  mock.timers.tick(MINUTES);
  assert.deepEqual(
    await LoginThrottle.listUntold().then((list) => list.length),
    1,
    "the owner is notified of the five attempts after it",
  );
});

test("concurrent attempts are all counted, so the limits hold", async () => {
  const many = await Promise.all(Array.from({ length: 40 }, () => attempt()));
  assert.equal(many.filter(({ isAllowed }) => isAllowed).length, 5);
  assert.equal(many.filter(({ isLast }) => isLast).length, 1);
  const spread = await Promise.all(
    Array.from({ length: 80 }, (_, n) => attempt({ name: "x", account: null, ...from(n) })),
  );
  assert.equal(spread.filter(({ isAllowed }) => isAllowed).length, 50);
});

test("the owner is notified of a lockout once a day; lockouts of unknown names notify nobody", async () => {
  await free(() => ({ account: null, name: "ghost" }));
  await free(() => ({}));
  assert.equal((await LoginThrottle.listUntold()).length, 0, "no notice while a correct password could still follow");
  mock.timers.tick(MINUTES);
  const [untold, ...others] = await LoginThrottle.listUntold();
  assert.equal(others.length, 0);
  assert.equal(String(untold?.user), account);
  assert.equal(untold?.from?.ip, "192.0.2.1");
  await LoginThrottle.noteTold(String((untold as { _id?: unknown })?._id));
  await attempt();
  mock.timers.tick(23 * HOURS);
  await free(() => ({}));
  mock.timers.tick(MINUTES);
  assert.equal((await LoginThrottle.listUntold()).length, 0);
  mock.timers.tick(2 * HOURS);
  await free(() => ({ device: "known" }));
  mock.timers.tick(MINUTES);
  assert.equal((await LoginThrottle.listUntold()).length, 1);
});

test("a correct password on the last allowed attempt causes no notice", async () => {
  for (let n = 0; n < 4; n += 1) await attempt();
  await LoginThrottle.forgive(await attempt());
  mock.timers.tick(MINUTES);
  assert.equal((await LoginThrottle.listUntold()).length, 0);
});

test("the text typed as a login name is never stored", async () => {
  for (const name of ["hunter2-is-my-password", "$places", "a.b", "$$ROOT"]) {
    await attempt({ account: null, name, agent: "$expiresAt", network: "$user" });
    await free(() => ({ account: null, name, network: "$user", agent: "$$NOW" }));
  }
  const kept = JSON.stringify(await LoginThrottle.find().lean());
  assert.doesNotMatch(kept, /hunter2|\$places|a\.b|ROOT/);
});
