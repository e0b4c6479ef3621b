import assert from "node:assert/strict";
import { test } from "node:test";
import { emailEntries, lookUp, nameEntries, usernameEntries, wordsAsked } from "../../src/lib/search-words.js";

/** Whether these entries answer a question, as the list of people asks. */
const found = (entries: string[], question: string) =>
  wordsAsked(question).every((word) => {
    const { beginning, longer } = lookUp(word);
    return entries.includes(beginning) && (!longer || entries.some((entry) => entry.startsWith(word)));
  });

test("a username is found by its beginning, in any case, and by each of its words", () => {
  const entries = usernameEntries("Ada-Lovelace_1815");
  for (const question of ["a", "ADA", "ada-love", "lovelace", "LOVE", "1815", "ada-lovelace_1815"])
    assert.ok(found(entries, question), question);
  for (const question of ["da", "ada-x", "ovelace", "ada-lovelace_1816", "815"])
    assert.ok(!found(entries, question), question);
});

test("an address is found by its beginning, its words, its domain, and as a whole; not by its last label", () => {
  const entries = emailEntries("ada.lovelace+posts@mail.example.org");
  for (const question of [
    "ada.lovelace+posts@mail.example.org",
    "ada.lovelace@".slice(0, 12),
    "lovelace",
    "posts@mail",
    "mail.example.org",
    "example.org",
    "EXAMPLE",
  ])
    assert.ok(found(entries, question), question);
  for (const question of ["org", "@", "ada.lovelace+posts@mail.example.com", ".", "xample"])
    assert.ok(!found(entries, question), question);
});

test("a name is found without its accents, in any order of its words", () => {
  const entries = [...nameEntries("José María"), ...nameEntries("Núñez-Łoś O’Brien")];
  for (const question of [
    "jose",
    "JOSÉ",
    "mari nunez",
    "los jose",
    "obrien",
    "O'Brien",
    "o’bri",
    "José María Núñez",
    "jose\u0301",
  ])
    assert.ok(found(entries, question), question);
  for (const question of ["brien", "jose peter", "osé"]) assert.ok(!found(entries, question), question);
  assert.ok(found(nameEntries("Straße Ærø"), "strasse aero"));
  assert.ok(found(nameEntries("山田 太郎"), "太郎 山"));
  assert.ok(found(nameEntries("김민수"), "김민"));
  assert.deepEqual(nameEntries(""), []);
});

test("nothing makes many entries", () => {
  assert.ok(usernameEntries("a-".repeat(15)).length <= 8 * 13);
  assert.ok(emailEntries(`${"a.".repeat(31)}a@${"b.".repeat(90)}org`).length <= 8 * 13);
  assert.ok(nameEntries(`${"a b ".repeat(100)}${"𝒜".repeat(100)}`).length <= 8 * 13);
});

test("of a question the longest words count, each once; what is nothing asks nothing", () => {
  assert.deepEqual(wordsAsked("  ada ADA  lovelace\tb\u0000c "), ["lovelace", "ada", "b", "c"]);
  assert.equal(wordsAsked("a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh").length, 6);
  for (const nothing of ["", "   ", "'", "\u0301", "\u200b"]) assert.deepEqual(wordsAsked(nothing), []);
  assert.deepEqual(wordsAsked(".* $where"), ["$where", ".*"]);
});
