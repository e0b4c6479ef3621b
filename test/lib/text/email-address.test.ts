import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalizeEmail, formatEmail } from "../../../src/lib/text/email-address.js";

const accepted: [typed: string, stored: string][] = [
  ["ada@example.com", "ada@example.com"],
  ["  Ada@Example.COM\n", "ada@example.com"],
  ["ada.lovelace+posts@mail.example.co.uk", "ada.lovelace+posts@mail.example.co.uk"],
  ["o'brien@example.org", "o'brien@example.org"],
  ["a@b.co", "a@b.co"],
  ["\u200b\ufeffada@example.org \u200b\u2060\u00ad", "ada@example.org"],
  ["ada@Bücher.example", "ada@xn--bcher-kva.example"],
  ["ada@Bu\u0308cher.example", "ada@xn--bcher-kva.example"],
  ["ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"],
  ["ada@пример.испытание", "ada@xn--e1afmkfd.xn--80akhbyknj4f"],
  ["ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah"],
  [`${"a".repeat(64)}@example.com`, `${"a".repeat(64)}@example.com`],
];

const refused: Record<string, string> = {
  nothing: "",
  "no @": "ada.example.com",
  "no name": "@example.com",
  "no domain": "ada@",
  "a domain without a dot": "ada@localhost",
  "a number for a domain": "ada@127.0.0.1",
  "an address in brackets": "ada@[127.0.0.1]",
  "a number at the end of the domain": "ada@example.0x7f",
  "two @": "ada@example.com@example.org",
  "a quoted name": '"ada lovelace"@example.com',
  "a display name": "Ada <ada@example.com>",
  "two addresses": "ada@example.com,eve@example.org",
  "two addresses with a semicolon": "ada@example.com;eve@example.org",
  "two addresses with a line break": "ada@example.com\r\nBcc: eve@example.org",
  "a space inside": "ada @example.com",
  "a NUL": "ada\0@example.com",
  "a zero-width space in the name": "a\u200bda@example.com",
  "a zero-width joiner in the domain": "ada@exam\u200dple.com",
  "a soft hyphen in the domain": "ada@exam\u00adple.com",
  "a direction override": "ada@\u202eexample.com",
  "a Cyrillic a in the name": "\u0430da@example.com",
  "a Cyrillic a in the domain": "ada@ex\u0430mple.com",
  "a Greek o in the domain": "ada@g\u03bfogle.com",
  "a full-width letter in the name": "\uff41da@example.com",
  "a full-width letter in the domain": "ada@\uff45xample.com",
  "a full-width @": "ada\uff20example.com",
  "the Kelvin sign in the name": "\u212aim@example.com",
  "the Kelvin sign in the domain": "ada@\u212aim.example",
  "an ideographic full stop": "ada@example\u3002com",
  "a ligature": "ada@\ufb01sh.example",
  "a lone surrogate": "ada@ex\ud800ample.com",
  "a dot at the start": ".ada@example.com",
  "a dot at the end": "ada.@example.com",
  "two dots": "ada..lovelace@example.com",
  "two dots in the domain": "ada@example..com",
  "a dot at the end of the domain": "ada@example.com.",
  "a hyphen at the start of a label": "ada@-example.com",
  "an underscore in the domain": "ada@ex_ample.com",
  "a top-level domain of one letter": "ada@example.c",
  "punycode that decodes to an invalid name": "ada@xn--a.example",
  "a name of 65 characters": `${"a".repeat(65)}@example.com`,
  "a label of 64 characters": `ada@${"a".repeat(64)}.com`,
  "a long row of spaces around it": `ada@example.com${" ".repeat(20_000)}`,
  "255 characters": `ada@${"abcdefg.".repeat(31)}com`,
};

for (const [typed, stored] of accepted) {
  test(`${JSON.stringify(typed)} is stored as ${stored}`, () => {
    assert.equal(canonicalizeEmail(typed), stored);
    assert.equal(canonicalizeEmail(stored), stored);
  });
}

for (const [what, typed] of Object.entries(refused)) {
  test(`an email with ${what} is refused`, () => assert.equal(canonicalizeEmail(typed), null));
}

test("long hostile input is refused", () => {
  for (const part of ["a.", "a-", "!", "@", "a@", ".", "\u0301", "xn--"])
    assert.equal(canonicalizeEmail(part.repeat(10_000)), null);
  for (const part of ["a.", "a-", "!", "a@"]) assert.equal(canonicalizeEmail(`${part.repeat(120)} `), null);
});

test("an email is displayed in its own script, and the displayed form is accepted", () => {
  for (const [, stored] of accepted) {
    const read = formatEmail(stored);
    assert.doesNotMatch(read, /xn--/);
    assert.equal(canonicalizeEmail(read), stored);
  }
  assert.equal(formatEmail("ada@xn--bcher-kva.example"), "ada@bücher.example");
});

test("direction marks around an email are removed; inside they are refused", () => {
  assert.equal(canonicalizeEmail("\u202aada@example.com\u202c"), "ada@example.com");
  assert.equal(canonicalizeEmail("ada\u200e@example.com"), null);
});
