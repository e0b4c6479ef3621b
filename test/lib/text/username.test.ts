import assert from "node:assert/strict";
import { test } from "node:test";
import { reserveSiteNames } from "../../../src/lib/text/site-names.js";
import { findSlugProblem } from "../../../src/lib/text/slug.js";
import { findUsernameProblem } from "../../../src/lib/text/username.js";

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
  "posternfan",
  "eastern",
]) {
  test(`${name} is accepted as a username`, () => assert.equal(findUsernameProblem(name), null));
}

const refused: [name: string, problem: RegExp][] = [
  ["", /^Choose/],
  ["a", /at least 2/],
  ["a".repeat(31), /at most 30 characters\. You have 31/],
  ["ada lovelace", /Use only/],
  ["ada.lovelace", /Use only/],
  ["ada@example.com", /Use only/],
  ["adà", /Use only/],
  ["\u0430da", /Use only/],
  ["\u212aim", /Use only/],
  ["\u017fam", /Use only/],
  ["ada\n", /Use only/],
  ["ada\u200b", /Use only/],
  ["-ada", /Start with/],
  ["_ada", /Start with/],
  ["admin", /username is reserved/],
  ["Admin", /username is reserved/],
  ["ad-min", /username is reserved/],
  ["root_", /username is reserved/],
  ["no-reply", /username is reserved/],
  ["support", /username is reserved/],
  ["api", /username is reserved/],
  ["login", /username is reserved/],
  ["me", /username is reserved/],
  ["new", /username is reserved/],
  ["edit", /username is reserved/],
  ["robots", /username is reserved/],
  ["postern", /username is reserved/],
  ["Postern", /username is reserved/],
  ["p0stern", /username is reserved/],
  ["P0_ST3RN-", /username is reserved/],
  ["postern-team", /username is reserved/],
  ["postern_official", /username is reserved/],
  ["PosternSupport", /username is reserved/],
  ["the-postern-team", /username is reserved/],
  ["official-postern", /username is reserved/],
  ["postern1", /username is reserved/],
];

for (const [name, problem] of refused) {
  test(`${JSON.stringify(name)} is refused as a username`, () =>
    assert.match(findUsernameProblem(name) ?? "", problem));
}

test("the site's own name is reserved in usernames and domains, however it is written", () => {
  reserveSiteNames(["Büro Ada 24"]);
  const names = ["buroada24", "Buro-Ada-24", "buro_ada24-team", "admin-buroada24", "postern"];
  for (const name of names) assert.match(findUsernameProblem(name) ?? "", /username is reserved/, name);
  for (const slug of ["buro-ada-24", "buroada24-support", "postern-team"])
    assert.match(findSlugProblem(slug) ?? "", /address is reserved/, slug);
  assert.equal(findUsernameProblem("ada"), null);
  reserveSiteNames(["7"]);
  assert.equal(findUsernameProblem("ada7"), null, "a site name of one character reserves nothing");
  reserveSiteNames([]);
});
