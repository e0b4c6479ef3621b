// @ts-check
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { ensureBrowser } from "./browser.js";
import { compile, compiler, filesIn } from "./build.js";
import { runNode } from "./processes.js";
import { readPlaywright, readTap } from "./report.js";
import { ensureCurl } from "./system-packages.js";

/** @typedef {import("./report.js").Count} Count */

const results = "test-results";
const mayInstall = Boolean(process.env.CI);

/**
 * Finds out before the first test whether something is missing that a later one needs.
 * @param {{ browser: boolean }} needed
 * @throws with what is missing, and how to get it
 */
export async function ensureTools({ browser }) {
  await ensureCurl({ mayInstall });
  if (browser) await ensureBrowser({ mayInstall });
}

/** Checks all types, and compiles what the tests run. */
export async function types() {
  const clean = await compile();
  return check(clean && (await runNode([compiler, "-p", "scripts"])));
}

/** The linters of `npm run lint`. */
const linters = [
  ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings"],
  [
    "node_modules/dependency-cruiser/bin/dependency-cruise.mjs",
    "src",
    "test",
    "e2e",
    "scripts",
    "playwright.config.ts",
  ],
  ["node_modules/knip/bin/knip.js", "--no-progress"],
];

/** Checks style, formatting and import rules, and finds unused files, exports and dependencies. */
export async function lint() {
  let isClean = true;
  for (const linter of linters) isClean = (await runNode(linter, { quiet: true })) && isClean;
  return check(isClean);
}

/** The most files that are run again; if more fail, the code is at fault. */
const TRIED_AGAIN = 3;

/**
 * Runs the unit and integration tests. In CI, a few failed files are run again, one at a time: a test that passes then is
 * reported as unstable and does not stop a release. Locally, the first failure counts.
 * @param {string[]} words runs only files whose path contains one of these; all files if there are none
 */
export async function tests(words) {
  const all = filesIn("dist/test", ".test.js");
  const files = words.length === 0 ? all : all.filter((file) => words.some((word) => file.includes(word)));
  if (files.length === 0) return check(false);
  const first = await runTests(files, `${results}/tests.tap`, 2);
  const failed = [...new Set(first.failures?.map(({ file }) => file))];
  const isWorthIt = process.env.CI && first.failed > 0 && failed.length > 0 && failed.length <= TRIED_AGAIN;
  const again = failed.filter((file) => file !== null && files.includes(file)).map(String);
  if (!isWorthIt || again.length < failed.length) return first;
  console.log(`Running again: ${again.join(" ")}`);
  const second = await runTests(again, `${results}/tests-again.tap`, 1);
  if (second.failed > 0) return { ...first, failures: second.failures };
  return { ...first, passed: first.passed + first.failed, failed: 0, failures: [], unstable: first.failures };
}

/**
 * @param {string[]} files
 * @param {string} report
 * @param {number} concurrency
 */
async function runTests(files, report, concurrency) {
  prepareReport(report);
  const succeeded = await runNode(
    [
      ...["--enable-source-maps", "--test", `--test-concurrency=${concurrency}`],
      ...["--import", "./scripts/support/test-deadline.js"],
      ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
      ...["--test-reporter=tap", `--test-reporter-destination=${report}`],
      ...files,
    ],
    { env: { NODE_ENV: "test" }, minutes: 38 },
  );
  return counted(succeeded, () => readTap(readFileSync(report, "utf8")));
}

/** Runs the browser tests, on their own app. */
export async function stories() {
  const report = `${results}/stories.json`;
  const executable = await ensureBrowser({ mayInstall });
  prepareReport(report);
  const succeeded = await runNode(["node_modules/playwright/cli.js", "test", "--reporter=list,json"], {
    env: { CHROME: executable, PLAYWRIGHT_JSON_OUTPUT_NAME: report },
    minutes: 20,
  });
  return counted(succeeded, () => readPlaywright(JSON.parse(readFileSync(report, "utf8"))));
}

function prepareReport(/** @type {string} */ file) {
  mkdirSync(results, { recursive: true });
  rmSync(file, { force: true });
}

/** @returns {Count} */
function check(/** @type {boolean} */ passed) {
  return { passed: Number(passed), failed: Number(!passed), skipped: 0 };
}

/**
 * Returns the counts of a stage; a stage that broke down without a counted failure counts as one.
 * @param {boolean} succeeded
 * @param {() => Count} read
 * @returns {Count}
 */
function counted(succeeded, read) {
  try {
    const count = read();
    const counts = count.passed > 0 && (succeeded || count.failed > 0);
    return counts ? count : { ...count, failed: count.failed + 1 };
  } catch {
    return check(false);
  }
}
