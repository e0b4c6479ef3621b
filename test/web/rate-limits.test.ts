import "../support/settings/limits.js";
import "../support/environment.js";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Request, RequestHandler, Response } from "express";
import mongoose from "mongoose";
import { TooManyRequests } from "../../src/errors.js";
import { getNetwork, listNetworks } from "../../src/lib/network/ip.js";
import { consume, consumeForNetworks, consumeForNetworksInMemory } from "../../src/models/rate-limit.js";
import { rateLimits } from "../../src/web/rate-limits.js";
import { apiMember } from "../support/api/users.js";
import { account } from "../support/users/accounts.js";
import { from } from "../support/users/networks.js";
import { newPerson } from "../support/users.js";
import { visitor } from "../support/visitor.js";

beforeEach(() => mongoose.connection.collection("limits").deleteMany({}));

/** Returns how many attempts succeed before the first 429. */
async function budget(attempt: (n: number) => Promise<{ status: number }>): Promise<number> {
  for (let n = 0; n < 200; n += 1) if ((await attempt(n)).status === 429) return n;
  return Number.POSITIVE_INFINITY;
}

test("a network has thirty login attempts, whatever the usernames", async () => {
  assert.equal(await budget((n) => from("192.0.2.1").logIn(`nobody${n}`)), 30);
  const refused = await from("192.0.2.1").logIn("nobody");
  assert.equal(refused.status, 429);
  const seconds = Number(refused.headers.get("retry-after"));
  assert.ok(seconds > 0 && seconds <= 600, String(seconds));
  assert.match(refused.text, /Too many attempts/);
  assert.match(refused.text, /try again in (\d+ minutes|a minute)/);
  assert.equal((await from("192.0.2.1").get("/login")).status, 200, "the page with the form is never refused");
  assert.equal((await from("192.0.2.2").logIn("nobody")).status, 401, "another network may log in");
});

test("a network can register ten accounts an hour; errors count too", async () => {
  const register = (n: number) =>
    from("192.0.2.8").post("/register", n % 2 ? newPerson() : { ...newPerson(), email: "" });
  assert.equal(await budget(register), 10);
  assert.equal((await from("192.0.2.8").post("/register/passkey", newPerson(), "/register")).status, 429);
  assert.equal((await from("192.0.2.9").post("/register", newPerson())).status, 303);
});

test("the addresses of one IPv6 customer count as one network; another customer has a budget of its own", async () => {
  assert.equal(await budget((n) => from(`2001:db8:1:1::${n.toString(16)}`).logIn(`nobody${n}`)), 30);
  assert.equal((await from("2001:db8:1:2::1").logIn("nobody")).status, 401);
});

/** Calls a guard from these IP addresses, one after another, until it refuses; returns how often it passed. */
async function passes(guard: RequestHandler, ipOf: (n: number) => string): Promise<number> {
  for (let n = 0; n < 10_000; n += 1) {
    try {
      await guard({ ip: ipOf(n) } as Request, {} as Response, () => undefined);
    } catch (error) {
      assert.ok(error instanceof TooManyRequests);
      return n;
    }
  }
  return Number.POSITIVE_INFINITY;
}

const perPerson = ["invitations", "posts", "comments", "pictures", "exports", "tokens", "factors", "peopleExports"];
const forStrangers = Object.entries(rateLimits).filter(([name]) => !perPerson.includes(name));
for (const [name, guard] of forStrangers) {
  test(`${name}: a /56 has four times the budget of its /64, an IPv4 /24 sixteen times that of an address`, async () => {
    const one = await passes(guard, () => "2001:db8:7:1::1");
    assert.ok(one >= 10 && one <= 120, String(one));
    for (let n = 0; n < 4 * 10; n += 1) await passes(guard, () => "2001:db8:7:1::2");
    assert.equal(
      await passes(guard, (n) => `2001:db8:7:${(2 + (n % 200)).toString(16)}::1`),
      4 * one - one,
      "refused requests do not count",
    );
    assert.equal(await passes(guard, () => "198.51.100.1"), one);
    if (one <= 10) assert.equal(await passes(guard, (n) => `198.51.100.${2 + (n % 250)}`), 16 * one - one);
    assert.equal(await passes(guard, () => "198.51.101.1"), one, "another /24 has its full budget");
  });
}

test("the owner of a /48 has sixteen budgets, not 65,536; the same is true for anonymous API clients", async () => {
  const prefix = "2001:db8:8";
  assert.equal(await passes(rateLimits.register, (n) => `${prefix}:${n.toString(16)}${"00"}::1`), 160);
  assert.equal(await passes(rateLimits.register, () => `${prefix}:ffff::1`), 0);
  assert.equal(await passes(rateLimits.register, () => "2001:db8:9::1"), 10);
  const budget = { points: 2, durationSeconds: 60 };
  const left = [];
  for (let n = 0; n < 34; n += 1)
    left.push((await consumeForNetworksInMemory("test", `2001:db8:1:${n.toString(16)}00::1`, budget)).left);
  assert.deepEqual([left[0], left[31], left[32]], [1, 0, -1]);
});

test("simultaneous requests take exactly as many points as there are, also from a budget that has just expired", async () => {
  const limits = mongoose.connection.collection("limits");
  const budget = { points: 5, durationSeconds: 60 };
  const passAtOnce = async (take: () => Promise<number | null>) =>
    (await Promise.all(Array.from({ length: 40 }, take))).filter((pauseMs) => pauseMs === null).length;
  for (let round = 0; round < 3; round += 1) {
    assert.equal(await passAtOnce(() => consume("race", "ada", budget)), 5);
    assert.equal(await passAtOnce(() => consumeForNetworks("race", "198.51.100.9", budget)), 5);
    assert.equal((await limits.findOne({ key: "race-16:198.51.100.0/24" }))?.points, 5, "refused ones don't count");
    await limits.updateMany({}, { $set: { expire: new Date(Date.now() - 1) } });
  }
});

test("an IPv4 address belongs to two networks, an IPv6 address to three", () => {
  const cases: [string, string[]][] = [
    ["192.0.2.77", ["192.0.2.77", "192.0.2.0/24"]],
    ["::ffff:192.0.2.77", ["192.0.2.77", "192.0.2.0/24"]],
    ["2001:db8:1:2ff::1", ["2001:db8:1:2ff::/64", "2001:db8:1:200::/56", "2001:db8:1:0::/48"]],
    ["::1", ["0:0:0:0::/64", "0:0:0:0::/56", "0:0:0:0::/48"]],
    ["unknown", ["unknown"]],
    ["", [""]],
  ];
  for (const [ip, expected] of cases)
    assert.deepEqual(
      listNetworks(ip).map(({ name }) => name),
      expected,
      ip,
    );
});

test("all spellings of an IP address belong to the same network", () => {
  const same = [
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"],
    ["2001:db8::1", "2001:db8:0:0:ffff:ffff:ffff:ffff"],
  ] as const;
  for (const [one, other] of same) assert.equal(getNetwork(one), getNetwork(other), one);
  assert.notEqual(getNetwork("2001:db8:0:1::1"), getNetwork("2001:db8:0:2::1"));
  assert.notEqual(getNetwork("192.0.2.1"), getNetwork("192.0.2.2"));
  for (const odd of ["", "unknown", "1.2.3", "::1%eth0"]) assert.equal(typeof getNetwork(odd), "string");
});

test("only the IP address added by our proxy counts, not one sent by the client", async () => {
  assert.equal(await budget((n) => from(`10.0.0.${n}, 192.0.2.10`).logIn(`nobody${n}`)), 30);
});

test("the strength meter, browser reports and posts have their own budgets", async () => {
  assert.equal(await budget(() => from("192.0.2.11").post("/password-strength", { password: "x" }, "/register")), 120);
  const ask = () => from("192.0.2.12").post("/passkeys/options", { purpose: "login" }, "/login");
  assert.equal(await budget(ask), 120);
  assert.equal(await budget(() => from("192.0.2.12").post("/passkeys/login", { credential: "x" }, "/login")), 30);
  const report = () =>
    visitor().request("/csp-reports", {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/csp-report", "x-forwarded-for": "192.0.2.12" },
    });
  assert.equal(await budget(report), 20);
  const ada = from("192.0.2.13");
  const { username, password } = await account();
  assert.equal((await ada.logIn(username, password)).status, 303);
  assert.equal(
    await budget(() => ada.submit("/posts/new", { title: "", body: "", visibility: "draft" }, "/posts")),
    60,
  );
});

test("a user has sixty searches in posts; lists have no such limit", async () => {
  const [ada, bob] = [await apiMember(), await apiMember()];
  assert.equal(await budget(() => ada.api.get("/posts?q=oak")), 60);
  assert.equal((await ada.api.get("/posts")).status, 200);
  assert.equal((await bob.api.get("/posts?q=oak")).status, 200);
});
