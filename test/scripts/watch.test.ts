import assert from "node:assert/strict";
import { test } from "node:test";

const { findTestsFor } = await import(new URL("../../../scripts/support/stages.js", import.meta.url).href);

const tests = [
  "test/routes/admin/disable.test.ts",
  "test/routes/admin/users.test.ts",
  "test/routes/auth/login.test.ts",
  "test/services/session/login-throttle.test.ts",
  "test/views.test.ts",
];
const found = (...changed: string[]) => findTestsFor(changed, tests);

test("a changed test file is run", () => {
  assert.deepEqual(found("test/routes/auth/login.test.ts"), ["test/routes/auth/login.test.ts"]);
});

test("a changed source file runs the tests with the same name", () => {
  assert.deepEqual(found("src/services/admin/disable.ts"), ["test/routes/admin/disable.test.ts"]);
  assert.deepEqual(found("src/forms/login.ts"), tests.slice(2, 4));
});

test("if no test has the same name, the tests of its folder are run", () => {
  assert.deepEqual(found("src/services/admin/export-rows.ts"), tests.slice(0, 2));
  assert.deepEqual(found("views/admin/index.ejs"), tests.slice(0, 2));
});

test("several changes run each test once", () => {
  assert.deepEqual(found("src/forms/login.ts", "src/routes/auth/login.ts"), tests.slice(2, 4));
});

test("a test that only contains the name in a longer word is not run", () => {
  assert.deepEqual(found("src/lib/log.ts"), []);
});
