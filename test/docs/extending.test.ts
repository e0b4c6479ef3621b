import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const parts = readFileSync(`${root}docs/extending.md`, "utf8").split(/^## /m).slice(1);

/** The maximum number of files for each addition. Raising it must be a deliberate decision. */
const allowed = {
  "A role": 1,
  "A profile field": 1,
  "The accounts of a company": 3,
  "A page": 3,
  "An email": 3,
  "An API call": 3,
};

test("the page explains each addition, with the allowed number of files", () => {
  const told = parts.map((part) => /^(.+): (\d+) files?$/m.exec(part));
  assert.deepEqual(Object.fromEntries(told.map((one) => [one?.[1], Number(one?.[2])])), allowed);
});

for (const part of parts) {
  const [title = ""] = part.split("\n");
  test(`${title}: the example applies to the current files, and touches no others`, () => {
    const diff = /^```diff\n([\s\S]+?)^```$/m.exec(part)?.[1] ?? assert.fail("no example");
    const opened = [...diff.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, file]) => file);
    assert.equal(new Set(opened).size, Number(/(\d+) files?$/.exec(title)?.[1]));
    const { status, stderr } = spawnSync("git", ["apply", "--check", "-"], {
      cwd: root,
      input: diff,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
  });
}
