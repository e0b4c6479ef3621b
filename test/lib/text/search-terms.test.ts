import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createSearchTerms,
  listEmailWords,
  listNameWords,
  listUsernameWords,
  splitQuestion,
} from "../../../src/lib/text/search-terms.js";

/**
 * Returns true if a search in the user list finds these words. Each word of the search must be a prefix of a stored
 * term, or, if it is longer than the term, of a whole word.
 */
const found = (words: string[], question: string) => {
  const { long, short } = createSearchTerms(words);
  return splitQuestion(question).every((word) => {
    const start = [...word].slice(0, 16).join("");
    const terms = [...word].length > 3 ? long : short;
    return terms.some((term) => term.startsWith(start)) && words.some((one) => one.startsWith(word));
  });
};

test("a username is found by its beginning, in any case, and by each of its words", () => {
  const entries = listUsernameWords("Ada-Lovelace_1815");
  for (const question of ["a", "ADA", "ada-love", "lovelace", "LOVE", "1815", "ada-lovelace_1815"])
    assert.ok(found(entries, question), question);
  for (const question of ["da", "ada-x", "ovelace", "ada-lovelace_1816", "815"])
    assert.ok(!found(entries, question), question);
});

test("an email is found by its beginning, its words, its domain and as a whole, but not by its last label", () => {
  const entries = listEmailWords("ada.lovelace+posts@mail.example.org");
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

test("a name is found without accents, in any order of its words", () => {
  const entries = [...listNameWords("José María"), ...listNameWords("Núñez-Łoś O’Brien")];
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
  assert.ok(found(listNameWords("Straße Ærø"), "strasse aero"));
  assert.ok(found(listNameWords("山田 太郎"), "太郎 山"));
  assert.ok(found(listNameWords("김민수"), "김민"));
  assert.deepEqual(listNameWords(""), []);
});

test("the indexes contain three letters of each word, and long prefixes except those that begin another word", () => {
  const words = [
    ...listUsernameWords("Ada-Lovelace"),
    ...listEmailWords("ada.lovelace@mail.example.org"),
    ...listNameWords("Li Ada Æsa"),
  ];
  const { long, short } = createSearchTerms(words);
  assert.deepEqual(long.sort(), [
    "ada-lovelace",
    "ada.lovelace@mai",
    "aesa",
    "example.org",
    "lovelace@mail.ex",
    "mail.example.org",
  ]);
  assert.deepEqual(short.sort(), ["ada", "aes", "exa", "li", "lov", "mai"]);
});

test("no input produces many words", () => {
  assert.ok(listUsernameWords("a-".repeat(15)).length <= 8);
  assert.ok(listEmailWords(`${"a.".repeat(31)}a@${"b.".repeat(90)}org`).length <= 8);
  assert.ok(listNameWords(`${"a b ".repeat(100)}${"𝒜".repeat(100)}`).length <= 8);
});

test("a search uses its longest distinct words; an empty search uses none", () => {
  assert.deepEqual(splitQuestion("  ada ADA  lovelace\tb\u0000c "), ["lovelace", "ada", "b", "c"]);
  assert.equal(splitQuestion("a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh").length, 6);
  for (const nothing of ["", "   ", "'", "\u0301", "\u200b"]) assert.deepEqual(splitQuestion(nothing), []);
  assert.deepEqual(splitQuestion(".* $where"), ["$where", ".*"]);
});
