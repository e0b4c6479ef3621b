import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

// test/scripts/lint.test.ts tests the linters, which check imports and what a file may do.

const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

test("file names are descriptive", () => {
  assert.deepEqual(
    files.filter((file) => /(^|\/)(utils?|helpers?|misc|common|stuff)(\.|\/|-)/.test(file)),
    [],
  );
});

test("comments contain no open tasks, and no check is disabled", () => {
  const left = files.filter((file) =>
    /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|nocheck|expect-error)|biome-ignore/.test(
      readFileSync(`src/${file}`, "utf8"),
    ),
  );
  assert.deepEqual(left, []);
});
