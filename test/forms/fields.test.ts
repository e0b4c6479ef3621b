import assert from "node:assert/strict";
import { test } from "node:test";
import type { z } from "zod";
import * as fields from "../../src/forms/fields.js";
import { canonicalizePhone } from "../../src/lib/text/phone.js";

const accepts = (field: z.ZodType, value: unknown) => field.safeParse(value).success;
const invisible = ["\u0000", "\u0007", "\u001b", "\u0090", "\ud800"];
/** Invisible characters that programs add to copied text. */
const marks = ["\u202a", "\u202c", "\u202e", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c", "\ufeff"];

test("text is trimmed, may be in any script, and contains no misleading invisible characters", () => {
  assert.equal(fields.title.parse("  Ein großes Tor 門 😀  "), "Ein großes Tor 門 😀");
  for (const character of invisible) {
    for (const field of [fields.title, fields.body, fields.bio])
      assert.ok(!accepts(field, `a${character}b`), escape(character));
  }
  assert.ok(accepts(fields.body, "a\tb\r\nc"));
  assert.ok(!accepts(fields.title, "a\nb"));
});

test("spaces before the first line of a post are kept, because they mean code in Markdown", () => {
  assert.equal(fields.body.parse("\r\n  \n    code\n\ttext  \n\n"), "    code\n\ttext");
  assert.equal(fields.body.parse("\u200f\tcode"), "\tcode");
  assert.equal(fields.bio.parse("    text "), "text");
});

test("a phone number may contain any kind of space and hyphen", () => {
  const numbers = ["+49 30 123456", "+49\u00a030\u00a0123456", "+33\u202f6\u202f12\u202f34\u202f56\u202f78"];
  numbers.push("+49 30\u2011123456", "+49 30\u2013123456", "\u202a+49\u200930 123456\u202c", "+49\u200b30\u2060123456");
  for (const number of numbers) {
    const typed = fields.line("a number", 40).parse(number);
    assert.match(canonicalizePhone(typed) ?? escape(number), /^\+(4930123456|33612345678)$/);
  }
});

test("invisible marks from copied text are removed in every text field", () => {
  for (const mark of marks) {
    for (const field of [fields.title, fields.body, fields.bio, fields.deviceName, fields.reason, fields.searchAsked])
      assert.equal(field.parse(`${mark}a${mark}b${mark}`), "ab", escape(mark));
    assert.equal(fields.email.parse(`${mark} ada@example.org${mark}`), "ada@example.org", escape(mark));
  }
  assert.equal(fields.line("a number", 40).parse("\u202a+49 30\t12\u000b34\u202c"), "+49 30 12 34");
  assert.equal(
    fields.body.parse("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "zero-width non-joiners are kept",
  );
});

test("every line break becomes one character", () => {
  const breaks = ["\n", "\r\n", "\r", "\u000b", "\u000c", "\u0085", "\u2028", "\u2029"];
  for (const one of breaks) {
    assert.equal(fields.body.parse(`a${one}b${one}${one}c`), "a\nb\n\nc", escape(one));
    const longest = `${`${"x".repeat(49)}${one}`.repeat(199)}${"x".repeat(50)}`;
    assert.ok(accepts(fields.body, longest), escape(one));
    assert.ok(!accepts(fields.body, `${longest}x`), escape(one));
  }
});

test("lengths are counted in visible characters, as in the message", () => {
  for (const [field, longest] of [
    [fields.title, 150],
    [fields.body, 10_000],
    [fields.bio, 300],
  ] as const) {
    assert.ok(accepts(field, "😀".repeat(longest)));
    assert.ok(!accepts(field, "😀".repeat(longest + 1)));
  }
  assert.ok(accepts(fields.bio, ""), "an empty bio is accepted");
  for (const field of [fields.title, fields.body])
    for (const empty of ["", "  ", "\n", "\u200b", "\u00ad \u3164", "\ufe0f"]) assert.ok(!accepts(field, empty));
});

test("only strings are accepted as text", () => {
  for (const field of [
    fields.username,
    fields.email,
    fields.newPassword,
    fields.password,
    fields.usernameOrEmail,
    fields.title,
    fields.body,
    fields.bio,
    fields.visibility,
  ]) {
    for (const value of [undefined, null, 1, true, [], ["a"], {}, { $ne: null }])
      assert.ok(!accepts(field, value), JSON.stringify(value));
  }
});

test("a login name is a canonical email or a bounded name", () => {
  assert.equal(fields.usernameOrEmail.parse(" Ada@Example.ORG "), "ada@example.org");
  assert.equal(fields.usernameOrEmail.parse(" Ada "), "Ada");
  assert.equal(fields.usernameOrEmail.parse("x".repeat(5_000)).length, 100);
  assert.equal(fields.usernameOrEmail.parse("no address@"), "@", "the rest is a name that no user can have");
  assert.ok(!accepts(fields.usernameOrEmail, "   "));
});

test("a page is a positive whole number, 1 by default; anything else is refused", () => {
  assert.equal(fields.page.parse("7"), 7);
  assert.equal(fields.page.parse(undefined), 1);
  for (const odd of [
    null,
    "",
    "0",
    "-1",
    "1.5",
    "1e309",
    "Infinity",
    "NaN",
    "9007199254740993",
    "x",
    ["2", "3"],
    {},
    "1_0",
    "１２",
  ]) {
    assert.ok(!accepts(fields.page, odd), JSON.stringify(odd));
  }
});

test("a position in a list is a number, an id, or missing; anything else is refused", () => {
  assert.equal(fields.beforeNumber.parse("7"), 7);
  assert.equal(fields.beforeNumber.parse(undefined), undefined);
  for (const odd of ["", "0", "-1", "1.5", "x", "1e309", ["2", "3"], {}])
    assert.ok(!accepts(fields.beforeNumber, odd), JSON.stringify(odd));
  assert.equal(fields.beforeId.parse("0123456789abcdef01234567"), "0123456789abcdef01234567");
  assert.equal(fields.beforeId.parse(undefined), undefined);
  for (const odd of ["", "x", "0123456789ABCDEF01234567", "0123456789abcdef012345678", ["a"], { $gt: "" }]) {
    assert.ok(!accepts(fields.beforeId, odd), JSON.stringify(odd));
  }
});
