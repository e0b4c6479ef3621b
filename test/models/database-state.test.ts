import assert from "node:assert/strict";
import { test } from "node:test";
import { findSources, listImports } from "../support/processes/imports.js";

test("every process that compares indexes knows all models, also those that only another process uses", () => {
  const models = findSources("dist/src/models", /\bmodel\("/);
  assert.ok(models.length > 25, String(models.length));
  const known = listImports("dist/src/models/database-state.js");
  assert.deepEqual(
    models.filter((path) => !known.has(path)),
    [],
    "import them in src/models/database-state.ts",
  );
});
