import assert from "node:assert/strict";
import { test } from "node:test";
import { findPasswordProblem, ratePassword } from "../../../src/lib/passwords/policy.js";

const words = ["ada", "ada@example.com", "Postern"];

const fine = [
  "correct horse battery staple",
  "correct horse battery staplecorrect horse battery staple",
  "sturdy-Password-42",
  "a-long-enough-password",
  "test-password-123",
  "my secret password",
  "lovelace analytical",
  "adaptable horse lamp",
  "lamps for ada in the garden",
  "  two spaces at each end  ",
  "кошка собака дом",
  "中文密码很长的一个句子啊是的",
  "\u{1F40E}\u{1F50B}\u{1F4CE}\u{1F434}\u{1F302}\u{1F34F}\u{1F388}\u{1F38F}\u{1F419}\u{1F98A}\u{1F438}\u{1F422}",
  `quiet river lamp ${"x".repeat(239)}`,
];

const refused: [password: string, reason: RegExp][] = [
  ["", /^Choose/],
  ["quiet river", /at least 12 characters\. You have 11/],
  ["\u{1F40E}".repeat(11), /at least 12 characters\. You have 11/],
  [`quiet river lamp ${"x".repeat(240)}`, /at most 256 characters\. You have 257/],
  ["quiet river lamp \ud800", /invalid character/],
  ["123456789012", /\bcommon\b/],
  ["administrator", /\bcommon\b/],
  ["1qaz2wsx3edc4rfv", /\bcommon\b/],
  ["Password123!", /\bcommon\b/],
  ["p@$$w0rd1!2024", /\bcommon\b/],
  ["ｐａｓｓｗｏｒｄ１２３４", /\bcommon\b/],
  ["thisisapassword", /\bcommon\b/],
  ["iloveyou1234", /\bcommon\b/],
  ["aaaaaaaaaaaa", /repetitive/],
  ["passwordpassword", /repetitive/],
  ["01/01/2020 01/01/2020", /repetitive/],
  ["p4ssw0rd!p4ssw0rd!p4ss", /repetitive/],
  ["adaadaadaada", /repetitive/],
  ["abcdefghijkl", /Sequences/],
  ["mondaytuesday", /Sequences/],
  ["Winter2024!!", /easy to guess/],
  ["Postern2026!!", /name of this site/],
  ["p0st3rn!2026", /name of this site/],
  ["nretsop2026!", /name of this site/],
  ["ada@example.com1", /username, the email/],
  ["ada.example.com", /username, the email/],
  ["ada12345678!", /username, the email/],
  ["4D4-postern-@da", /username, the email/],
];

for (const password of fine) {
  test(`${JSON.stringify(password)} is accepted`, () => assert.equal(findPasswordProblem(password, { words }), null));
}

for (const [password, reason] of refused) {
  test(`${JSON.stringify(password)} is refused with a reason`, () => {
    assert.match(findPasswordProblem(password, { words }) ?? "", reason);
  });
}

test("a password may not consist of parts of a long name or email; common parts are allowed", () => {
  const hers = ["ada-lovelace", "countess.lovelace@analytical.example", "Postern"];
  assert.match(findPasswordProblem("lovelace analytical", { words: hers }) ?? "", /use the username/);
  assert.match(findPasswordProblem("Countess-Ada-1815", { words: hers }) ?? "", /use the username/);
  assert.equal(findPasswordProblem("computer lamps garden", { words: ["me", "me@mail.com"] }), null);
});

test("the strength meter follows the same rules", () => {
  assert.deepEqual(ratePassword("short", words), {
    score: 0,
    ok: false,
    message: "Use at least 12 characters. You have 5.",
  });
  assert.equal(ratePassword("correct horse battery staple", words).score, 4);
  for (const password of [...fine, ...refused.map(([password]) => password)]) {
    const { score, ok, message } = ratePassword(password, words);
    assert.equal(ok, findPasswordProblem(password, { words }) === null);
    assert.equal(ok, score >= 3);
    assert.ok(message.length > 0);
  }
});

test("no input slows the server down", () => {
  const pieces = [
    "p@$$w0rd1!",
    "p4ssw0rd!",
    "4@8(6@3#9&1!|7$5+0",
    "1!",
    "a1!",
    "01/01/2020",
    "|_|()",
    "monday",
    "é\u{1F40E}",
  ];
  const inputs = pieces.flatMap((piece) => [piece.repeat(28), `x${piece.repeat(28)}q`, piece.repeat(2000)]);
  const parts = Array.from({ length: 127 }, (_, at) => at + 100).join(".");
  for (const input of inputs) {
    const password = [...input].slice(0, 256).join("");
    const started = process.cpuUsage();
    ratePassword(password, [parts, `${parts}@${input}`, input]);
    const { user, system } = process.cpuUsage(started);
    assert.ok(user + system < 150_000, `${password.slice(0, 20)}… took ${(user + system) / 1000} ms`);
  }
});
