import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

const { chooseTests } = await import(new URL("../../../scripts/support/site-tests.js", import.meta.url).href);

test("upstream runs all tests; a site runs its own and a selection that exists", () => {
  const some = ["test/access/access.test.ts", "test/names.test.ts"];
  assert.deepEqual(chooseTests(some), some);
  const site = ["test/site/home.test.ts", ...some];
  assert.deepEqual(chooseTests(site), ["test/site/home.test.ts", "test/access/access.test.ts"]);
  const named = readFileSync("scripts/support/site-tests.js", "utf8").match(/test\/[\w/-]+\.test\.ts/g) ?? [];
  assert.ok(named.length > 5);
  for (const file of named) assert.ok(existsSync(file), file);
});
