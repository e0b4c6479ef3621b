import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { many } from "../../src/forms/fields.js";
import { defineForm } from "../../src/forms/form.js";

const form = defineForm(
  z.strictObject({
    name: z.string("Enter a name.").min(2, "Too short."),
    secret: z.string("Enter it.").min(4, "Weak."),
  }),
  { secrets: ["secret"] },
);

test("a blank form has all fields, empty and without errors", () => {
  assert.deepEqual(form.blank(), {
    fields: { name: { name: "name", value: "", error: null }, secret: { name: "secret", value: "", error: null } },
    errors: [],
  });
  assert.equal(form.blank({ name: "Ada", other: "x" }).fields.name?.value, "Ada");
});

test("valid input becomes clean data, without the CSRF token", () => {
  assert.deepEqual(form.parse({ _csrf: "t", name: "Ada", secret: "1234" }), {
    ok: true,
    data: { name: "Ada", secret: "1234" },
  });
});

test("errors appear at their fields in order, with all input except secrets", () => {
  const result = form.parse({ secret: "123", name: "<" });
  assert.ok(!result.ok);
  assert.deepEqual(result.form.errors, [
    { field: "name", message: "Too short." },
    { field: "secret", message: "Weak." },
  ]);
  assert.deepEqual(result.form.fields.name, { name: "name", value: "<", error: "Too short." });
  assert.equal(result.form.fields.secret?.value, "");
  assert.doesNotMatch(JSON.stringify(result.form), /123/);
});

test("missing and mistyped input gives errors, not crashes", () => {
  for (const body of [
    undefined,
    null,
    {},
    { name: ["a", "b"], secret: { a: 1 } },
    { name: 1, secret: null },
    "text",
    7,
  ]) {
    const result = form.parse(body);
    assert.ok(!result.ok, JSON.stringify(body));
    assert.equal(result.form.fields.name?.value, "");
    assert.equal(result.form.errors[0]?.message, "Enter a name.");
  }
});

test("an unknown field gives an error of the whole form and is never rendered", () => {
  const result = form.parse({ name: "Ada", secret: "1234", role: "admin", constructor: "x" });
  assert.ok(!result.ok);
  assert.deepEqual(
    result.form.errors.map(({ field }) => field),
    [null],
  );
  assert.deepEqual(Object.keys(result.form.fields), ["name", "secret"]);
});

test("a form can be rejected with errors found later", () => {
  const back = form.reject({ name: "Ada", secret: "1234" }, { name: "Taken.", "": "Try again." });
  assert.deepEqual(back.errors, [
    { field: "name", message: "Taken." },
    { field: null, message: "Try again." },
  ]);
  assert.equal(back.fields.name?.value, "Ada");
  assert.equal(back.fields.secret?.value, "");
});

test("a field with several values is cleaned, bounded and without duplicates, and rendered as sent", () => {
  const few = defineForm(z.strictObject({ roles: many(z.enum(["a", "b", "c"]), 3, "Choose from the list.") }));
  for (const [roles, clean] of [
    [undefined, []],
    ["", []],
    ["a", ["a"]],
    [
      ["b", "a", "b"],
      ["b", "a"],
    ],
  ] as const) {
    assert.deepEqual(few.parse({ roles }), { ok: true, data: { roles: clean } });
  }
  for (const roles of ["d", ["a", "d"], ["a", "b", "c", "a"], [["a"]], [{}], { a: "a" }, 1, null]) {
    const result = few.parse({ roles });
    assert.ok(!result.ok, JSON.stringify(roles));
    assert.deepEqual(
      result.form.errors.map(({ field }) => field),
      ["roles"],
    );
  }
  const back = few.parse({ roles: ["a", "d", { x: 1 }] });
  assert.ok(!back.ok);
  assert.deepEqual(back.form.fields.roles?.values, ["a", "d"]);
  assert.deepEqual(few.blank({ roles: ["c"] }).fields.roles?.values, ["c"]);
});
