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
  ["postern", /kept for the site/],
  ["Postern", /kept for the site/],
  ["p0stern", /kept for the site/],
  ["P0_ST3RN-", /kept for the site/],
  ["postern-team", /kept for the site/],
  ["postern_official", /kept for the site/],
  ["PosternSupport", /kept for the site/],
  ["the-postern-team", /kept for the site/],
  ["official-postern", /kept for the site/],
  ["postern1", /kept for the site/],
];

for (const [name, problem] of refused) {
  test(`${JSON.stringify(name)} is refused as a username`, () =>
    assert.match(findUsernameProblem(name) ?? "", problem));
}

test("the site's own name is reserved in usernames and domains, however it is written", () => {
  reserveSiteNames(["Büro Ada 24"]);
  const names = ["buroada24", "Buro-Ada-24", "buro_ada24-team", "admin-buroada24", "postern"];
  for (const name of names) assert.match(findUsernameProblem(name) ?? "", /kept for the site/, name);
  for (const slug of ["buro-ada-24", "buroada24-support", "postern-team"])
    assert.match(findSlugProblem(slug) ?? "", /kept for the site/, slug);
  assert.equal(findUsernameProblem("ada"), null);
  reserveSiteNames(["7"]);
  assert.equal(findUsernameProblem("ada7"), null, "a name of one sign says nothing");
  reserveSiteNames([]);
});
