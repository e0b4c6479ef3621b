import assert from "node:assert/strict";
import { test } from "node:test";
import { findSources, listImports } from "../support/processes/imports.js";

// A web process that is killed leaves follow-ups in the outbox of documents. Only the process of the jobs finishes them,
// and it knows those whose modules it imports.

test("the process of the jobs knows the follow-ups of all use cases", () => {
  const declaring = findSources("dist/src", /(?<!function )\bfollowUp\(/);
  assert.ok(declaring.length > 40, String(declaring.length));
  const known = listImports("dist/src/processes/jobs.js");
  assert.deepEqual(
    declaring.filter((path) => !known.has(path)),
    [],
    "add them to src/jobs/follow-ups.ts",
  );
});
