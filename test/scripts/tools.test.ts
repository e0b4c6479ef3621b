import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../support/database/engine.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs a command of package.json where neither curl nor a browser is found. */
function runWithout(script: string, ...words: string[]) {
  const env = {
    PATH: temporaryDirectory(),
    HOME: temporaryDirectory(),
    PLAYWRIGHT_BROWSERS_PATH: temporaryDirectory(),
  };
  return spawnSync(process.execPath, [script, ...words], { cwd: root, env, encoding: "utf8" });
}

test("tests that need curl say in one line what is missing, and install nothing", () => {
  const { status, stdout, stderr } = runWithout("scripts/test.js", "--no-browser");
  assert.equal(status, 1);
  assert.equal(stderr, "curl is missing: the commands of docs/api.md are tests. Install it, or run `npm run setup`.\n");
  assert.match(stdout, /0 passed, 1 failed/);
  assert.doesNotMatch(stdout, /Installing/);
});

test("browser tests say in one line that a browser is missing, and install none", () => {
  const { status, stdout, stderr } = runWithout("scripts/test.js", "--only-browser");
  assert.equal(status, 1);
  assert.equal(stderr, "A browser is missing: run `npm run setup`, or name one by CHROME=/path/to/chromium.\n");
  assert.doesNotMatch(stdout, /Installing/);
});
