import "../support/limits.js";
import "../support/environment.js";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import mongoose from "mongoose";
import { User } from "../../src/models/user.js";
import { networkOf } from "../../src/web/limits.js";
import { newPerson } from "../support/people.js";
import { tokenOf, visitor } from "../support/visitor.js";

beforeEach(() => mongoose.connection.collection("limits").deleteMany({}));

/** Somebody at this address, as the proxy reports it. */
function from(ip: string) {
  const browser = visitor();
  const post = async (path: string, fields: Record<string, string>) => {
    const _csrf = tokenOf((await browser.get(path === "/password-strength" ? "/register" : path)).text);
    return browser.send(path, { _csrf, ...fields }, { "x-forwarded-for": ip });
  };
  const logIn = (login: string, password = "not-the-password") => post("/login", { login, password });
  return { ...browser, post, logIn };
}

/** How many of these come through before the first 429. */
async function budget(attempt: (n: number) => Promise<{ status: number }>): Promise<number> {
  for (let n = 0; n < 200; n += 1) if ((await attempt(n)).status === 429) return n;
  return Number.POSITIVE_INFINITY;
}

async function account() {
  const person = newPerson();
  await (await User.register(person))?.confirmEmail(person.email);
  return person;
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

test("one account has ten tries from one network, known or not, by name or address, in any case", async () => {
  const { username, email } = await account();
  const spellings = [username, username.toUpperCase(), email, ` ${email.toUpperCase()} `];
  assert.equal(await budget((n) => from("192.0.2.3").logIn(spellings[n % 4] ?? "")), 10);
  assert.equal(await budget((n) => from("192.0.2.4").logIn(n % 2 ? "Ghost-Writer" : "ghost-writer")), 10);
});

test("a disabled account is counted like any other", async () => {
  const person = await account();
  await (await User.findOne({ username: person.username }).orFail()).disable();
  assert.equal(await budget(() => from("192.0.2.5").logIn(person.email, person.password)), 10);
});

test("what was typed as a name is not kept: it may have been the password", async () => {
  await from("192.0.2.14").logIn("hunter2-is-my-password");
  const kept = await mongoose.connection.collection("limits").find().toArray();
  assert.equal(kept.length, 3, "the network, the account there, the account");
  assert.doesNotMatch(JSON.stringify(kept), /hunter2/i);
});

test("an attacker elsewhere does not lock the owner out", async () => {
  const { username, password } = await account();
  await budget(() => from("198.51.100.1").logIn(username));
  assert.equal((await from("203.0.113.1").logIn(username, password)).status, 303);
});

test("twenty tries at once are counted one by one", async () => {
  const { username } = await account();
  const tries = Array.from({ length: 20 }, () => from("192.0.2.6").logIn(username));
  const statuses = (await Promise.all(tries)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 401).length, 10);
  assert.equal(statuses.filter((status) => status === 429).length, 10);
});

test("a try is counted before it is judged: the right password does not help once the budget is spent", async () => {
  const { username, password } = await account();
  for (let n = 0; n < 10; n += 1) await from("192.0.2.7").logIn(username);
  const late = from("192.0.2.7");
  assert.equal((await late.logIn(username, password)).status, 429);
  assert.ok(!late.cookies.has("sid"));
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
  assert.equal(await budget(() => from("192.0.2.11").post("/password-strength", { password: "x" })), 120);
  const report = () =>
    visitor().request("/csp-reports", {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/csp-report", "x-forwarded-for": "192.0.2.12" },
    });
  assert.equal(await budget(report), 20);
  const ada = from("192.0.2.13");
  const { username, password } = await account();
  await ada.logIn(username, password);
  assert.equal(
    await budget(() => ada.submit("/posts/new", { title: "", body: "", visibility: "draft" }, "/posts")),
    60,
  );
});

test("strangers cannot lock the owner out: a browser that signed in before has its own tries", async () => {
  const { username, password } = await account();
  const owner = from("192.0.2.60");
  assert.equal((await owner.logIn(username, password)).status, 303);
  await owner.submit("/dashboard", {}, "/logout");
  assert.equal(
    await budget((n) => from(`198.51.100.${n}`).logIn(username)),
    99,
    "everywhere together, the owner's own login among them",
  );
  assert.equal((await from("192.0.2.61").logIn(username, password)).status, 429);
  assert.equal((await owner.logIn(username, password)).status, 303);
});

test("the known browser's tries are counted too", async () => {
  const { username, password } = await account();
  const owner = from("192.0.2.62");
  assert.equal((await owner.logIn(username, password)).status, 303);
  await owner.submit("/dashboard", {}, "/logout");
  assert.equal(await budget(() => owner.logIn(username)), 10);
});
