import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../support/database/engine.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const empty = temporaryDirectory();

/** Runs a script where neither curl nor a browser can be found. */
function runWithout(script: string, ...words: string[]) {
  const env = { PATH: empty, HOME: empty, PLAYWRIGHT_BROWSERS_PATH: empty };
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

test("words that match no test file are named, and no test runs", () => {
  for (const words of [["nowhere"], ["login", "nowhere"], ["--no-browser", "nowhere"], ["--coverage", "nowhere"]]) {
    const { status, stdout, stderr } = runWithout("scripts/test.js", ...words);
    assert.equal(stderr, "No test file in test has nowhere in its path.\n", words.join(" "));
    assert.equal(stdout, "\n0 passed, 1 failed\n");
    assert.equal(status, 1);
  }
  const browser = runWithout("scripts/test.js", "--only-browser", "nowhere");
  assert.equal(browser.stderr, "No test file in e2e has nowhere in its path.\n");
  const watching = runWithout("scripts/test.js", "--watch", "nowhere");
  assert.deepEqual([watching.status, watching.stderr], [1, "No test file in test has nowhere in its path.\n"]);
});

test("an unknown option is refused, and no test runs", () => {
  const { status, stdout, stderr } = runWithout("scripts/test.js", "--no-browsers");
  assert.match(stderr, /^Unknown option '--no-browsers'/);
  assert.deepEqual([status, stdout], [1, ""]);
});
