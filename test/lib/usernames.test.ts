import assert from "node:assert/strict";
import { test } from "node:test";
import { usernameProblem } from "../../src/lib/usernames.js";

for (const name of [
  "ada",
  "Ada",
  "ad",
  "a1",
  "1a",
  "42",
  "ada-lovelace",
  "ada_lovelace",
  "ada-",
  "a".repeat(30),
  "newton",
]) {
  test(`${name} is a username`, () => assert.equal(usernameProblem(name), null));
}

const refused: [name: string, problem: RegExp][] = [
  ["", /^Choose/],
  ["a", /at least 2/],
  ["a".repeat(31), /at most 30 characters; this is 31/],
  ["ada lovelace", /Use only/],
  ["ada.lovelace", /Use only/],
  ["ada@example.com", /Use only/],
  ["adà", /Use only/],
  ["\u0430da", /Use only/],
  ["\u212aim", /Use only/],
  ["\u017fam", /Use only/],
  ["ada\n", /Use only/],
  ["ada\u200b", /Use only/],
  ["-ada", /Begin with/],
  ["_ada", /Begin with/],
  ["admin", /kept for the site/],
  ["Admin", /kept for the site/],
  ["ad-min", /kept for the site/],
  ["root_", /kept for the site/],
  ["no-reply", /kept for the site/],
  ["support", /kept for the site/],
  ["api", /kept for the site/],
  ["login", /kept for the site/],
  ["me", /kept for the site/],
  ["new", /kept for the site/],
  ["edit", /kept for the site/],
  ["robots", /kept for the site/],
];

for (const [name, problem] of refused) {
  test(`${JSON.stringify(name)} is no username`, () => assert.match(usernameProblem(name) ?? "", problem));
}
