import "../support/limits.js";
import "../support/environment.js";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import mongoose from "mongoose";
import { networkOf } from "../../src/lib/networks.js";
import { account } from "../support/accounts.js";
import { from } from "../support/networks.js";
import { newPerson } from "../support/people.js";
import { visitor } from "../support/visitor.js";

beforeEach(() => mongoose.connection.collection("limits").deleteMany({}));

/** How many of these come through before the first 429. */
async function budget(attempt: (n: number) => Promise<{ status: number }>): Promise<number> {
  for (let n = 0; n < 200; n += 1) if ((await attempt(n)).status === 429) return n;
  return Number.POSITIVE_INFINITY;
}

test("one network has thirty tries to log in, whatever the names", async () => {
  assert.equal(await budget((n) => from("192.0.2.1").logIn(`nobody${n}`)), 30);
  const refused = await from("192.0.2.1").logIn("nobody");
  assert.equal(refused.status, 429);
  const seconds = Number(refused.headers.get("retry-after"));
  assert.ok(seconds > 0 && seconds <= 600, String(seconds));
  assert.match(refused.text, /Too many attempts/);
  assert.match(refused.text, /try again in (\d+ minutes|a minute)/);
  assert.equal((await from("192.0.2.1").get("/login")).status, 200, "the form itself is never refused");
  assert.equal((await from("192.0.2.2").logIn("nobody")).status, 401, "the neighbour may");
});

test("one network opens ten accounts an hour; mistakes count too", async () => {
  const register = (n: number) =>
    from("192.0.2.8").post("/register", n % 2 ? newPerson() : { ...newPerson(), email: "" });
  assert.equal(await budget(register), 10);
  assert.equal((await from("192.0.2.9").post("/register", newPerson())).status, 303);
});

test("many addresses of one IPv6 customer are one network; its neighbour is another", async () => {
  assert.equal(await budget((n) => from(`2001:db8:1:1::${n.toString(16)}`).logIn(`nobody${n}`)), 30);
  assert.equal((await from("2001:db8:1:2::1").logIn("nobody")).status, 401);
});

test("an address has one spelling", () => {
  const same = [
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"],
    ["2001:db8::1", "2001:db8:0:0:ffff:ffff:ffff:ffff"],
  ] as const;
  for (const [one, other] of same) assert.equal(networkOf(one), networkOf(other), one);
  assert.notEqual(networkOf("2001:db8:0:1::1"), networkOf("2001:db8:0:2::1"));
  assert.notEqual(networkOf("192.0.2.1"), networkOf("192.0.2.2"));
  for (const odd of ["", "unknown", "1.2.3", "::1%eth0"]) assert.equal(typeof networkOf(odd), "string");
});

test("only the address that our proxy adds counts, not what the client wrote before it", async () => {
  assert.equal(await budget((n) => from(`10.0.0.${n}, 192.0.2.10`).logIn(`nobody${n}`)), 30);
});

test("the meter, the reports and the writing have budgets of their own", async () => {
  assert.equal(await budget(() => from("192.0.2.11").post("/password-strength", { password: "x" }, "/register")), 120);
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
