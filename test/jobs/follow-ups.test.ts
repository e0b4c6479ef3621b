import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

// A web process that is killed leaves follow-ups in the outbox of documents. Only the process of the jobs finishes them,
// and it knows those whose modules it imports.

const src = "dist/src";

/** Lists a module and all modules of the app that it imports. */
function listImports(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path) || !existsSync(path)) return found;
  found.add(path);
  for (const [, imported = ""] of readFileSync(path, "utf8").matchAll(/^(?:import|export)\b[^"';]*"(\.[^"]+\.js)"/gm))
    listImports(join(dirname(path), imported), found);
  return found;
}

test("the process of the jobs knows the follow-ups of all use cases", () => {
  const declaring = readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".js"))
    .map((file) => join(src, file))
    .filter((path) => /(?<!function )\bfollowUp\(/.test(readFileSync(path, "utf8")));
  assert.ok(declaring.length > 40, String(declaring.length));
  const known = listImports(join(src, "processes/jobs.js"));
  assert.deepEqual(
    declaring.filter((path) => !known.has(path)),
    [],
    "add them to src/jobs/follow-ups.ts",
  );
});
