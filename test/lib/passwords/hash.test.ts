import assert from "node:assert/strict";
import { subscribe } from "node:diagnostics_channel";
import { after, beforeEach, test } from "node:test";
import bcrypt from "bcrypt";
import { closePasswords, configurePasswords, hash, Overloaded, verify } from "../../../src/lib/passwords/hash.js";

const pepper = "a pepper that only this test knows";
const correct = "correct horse battery staple";
const done: unknown[] = [];
subscribe("passwords:task", (task) => done.push(task));

beforeEach(async () => {
  await closePasswords();
  configurePasswords({ pepper, cost: 4, threads: 2 });
  done.length = 0;
});
after(closePasswords);

test("a password matches only its own hash", async () => {
  const stored = await hash(correct);
  assert.match(stored, /^v1\$2b\$04\$[./A-Za-z0-9]{53}$/);
  assert.notEqual(stored, await hash(correct));
  assert.deepEqual(await verify(correct, stored), { ok: true, stale: false });
  assert.deepEqual(await verify(`${correct}!`, stored), { ok: false, stale: false });
});

test("the stored hash is not a plain bcrypt hash of the password, and matches only with the pepper", async () => {
  const stored = await hash(correct);
  assert.equal(bcrypt.compareSync(correct, stored.slice(2)), false);
  configurePasswords({ pepper: "another pepper", cost: 4, threads: 1 });
  assert.equal((await verify(correct, stored)).ok, false);
});

test("every code point counts: beyond 72 bytes, after NUL, white space and case", async () => {
  const long = `${"é".repeat(100)}a`;
  const withNul = `${correct}\0a`;
  for (const password of [long, withNul, ` ${correct}`, correct.toUpperCase(), "\u{1F40E}".repeat(256)]) {
    const stored = await hash(password);
    assert.equal((await verify(password, stored)).ok, true);
    assert.equal((await verify(`${[...password].slice(0, -1).join("")}b`, stored)).ok, false);
    assert.equal((await verify(password.trim().toLowerCase(), stored)).ok, password === password.trim().toLowerCase());
  }
});

test("the same text typed on another keyboard is the same password", async () => {
  const stored = await hash("caf\u00e9 \ufb01sh staple 1");
  assert.equal((await verify("cafe\u0301 fish staple \uff11", stored)).ok, true);
});

test("malformed and overlong passwords are never hashed, but cost one comparison, so that the time reveals nothing", async () => {
  const stored = await hash(correct);
  done.length = 0;
  for (const password of ["\ud800", `a${"\udc00"}b`, "a".repeat(257), "a".repeat(20_000)]) {
    await assert.rejects(hash(password), RangeError);
    assert.deepEqual(await verify(password, stored), { ok: false, stale: false });
  }
  assert.deepEqual(done, ["compare", "compare", "compare", "compare"]);
});

test("every attempt makes exactly one comparison, with or without a hash", async () => {
  const stored = await hash(correct);
  const broken = [null, undefined, "", "x", stored.slice(2), `v2${stored.slice(2)}`, `${stored}x`, "v1$2b$04$short"];
  for (const candidate of [stored, ...broken]) {
    done.length = 0;
    assert.equal((await verify(correct, candidate)).ok, candidate === stored);
    assert.deepEqual(done, ["compare"]);
  }
});

test("an unknown account takes as long as a wrong password, from the first attempt", async () => {
  configurePasswords({ pepper, cost: 10, threads: 1 });
  const stored = await hash(correct);
  const times: { unknown: number[]; wrong: number[] } = { unknown: [], wrong: [] };
  for (let round = 0; round < 9; round++) {
    for (const kind of ["unknown", "wrong"] as const) {
      const started = performance.now();
      await verify("wrong", kind === "wrong" ? stored : null);
      times[kind].push(performance.now() - started);
    }
  }
  const ratio = Math.min(...times.unknown) / Math.min(...times.wrong); // the minimum excludes other load of the machine
  assert.ok(ratio > 0.6 && ratio < 1.7, `unknown ÷ wrong: ${ratio}`);
});

test("nothing matches the placeholder for a missing hash, not even itself", async () => {
  const standIn = `v1$2b$04$${".".repeat(53)}`;
  for (const password of ["", "\0", correct]) {
    assert.equal((await verify(password, null)).ok, false);
    assert.equal((await verify(password, standIn)).ok, false);
  }
});

test("a hash with a lower cost is reported as stale after a right password", async () => {
  const stored = await hash(correct);
  configurePasswords({ pepper, cost: 5, threads: 1 });
  assert.deepEqual(await verify(correct, stored), { ok: true, stale: true });
  assert.deepEqual(await verify("wrong", stored), { ok: false, stale: false });
  configurePasswords({ pepper, cost: 4, threads: 1 });
  assert.deepEqual(await verify(correct, await hash(correct)), { ok: true, stale: false });
});

test("when too many tasks wait, the next is refused with Overloaded, and the waiting ones run", async () => {
  configurePasswords({ pepper, cost: 8, threads: 1, maxQueue: 3 });
  const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => verify(correct, null)));
  const refused = attempts.filter((attempt) => attempt.status === "rejected");
  assert.ok(refused.length >= 16 && refused.length <= 17, `${refused.length} refused`);
  for (const { reason } of refused) assert.ok(reason instanceof Overloaded && reason.retryAfterSeconds > 0);
  assert.deepEqual(await verify(correct, null), { ok: false, stale: false });
});

test("closing finishes the work in progress; afterwards nothing is hashed", async () => {
  const begun = hash(correct);
  await closePasswords();
  assert.match(await begun, /^v1/);
  await assert.rejects(hash(correct), /configurePasswords/);
});
