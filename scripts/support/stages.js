// @ts-check
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { ensureBrowser } from "./browser.js";
import { compile, compiler, filesIn } from "./build.js";
import { runNode } from "./processes.js";
import { readPlaywright, readTap } from "./report.js";
import { ensurePrograms } from "./system-packages.js";
import { batchTests } from "./test-batches.js";

/** @typedef {import("./report.js").Count} Count */

const results = "test-results";
const recorded = `${results}/coverage/recorded`;
const mayInstall = Boolean(process.env.CI);

/**
 * Checks before the first test whether anything is missing that a later test needs.
 * @param {{ browser: boolean }} needed
 * @throws with the missing program, and how to get it
 */
export async function ensureTools({ browser }) {
  await ensurePrograms({ mayInstall });
  if (browser) await ensureBrowser({ mayInstall });
}

/** Checks all types, and compiles the code that the tests run. */
export async function types() {
  const clean = await compile("all");
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

/** Files that tests copy elsewhere. Those that are tests run there. */
const FIXTURES = "test/fixtures/";

/**
 * Lists the test files whose path contains one of the words, or all files if there are no words.
 * @param {string[]} words
 * @param {{ folder?: string }} [options]
 * @throws if there is no file for a word
 */
export function findTests(words, { folder = "test" } = {}) {
  const all = filesIn(folder, ".test.ts").filter((file) => !file.startsWith(FIXTURES));
  const unknown = words.filter((word) => !all.some((file) => file.includes(word)));
  if (unknown.length > 0) throw new Error(`No test file in ${folder} has ${unknown.join(" or ")} in its path.`);
  return words.length === 0 ? all : all.filter((file) => words.some((word) => file.includes(word)));
}

/**
 * Finds the tests of changed files by name, because a feature has the same word in all its files. Looks for tests with
 * the name of the file; if there are none, for the name of its folder, and so on. Example:
 * `src/services/admin/disable.ts` has the words *disable*, *admin*, *services*.
 * @param {string[]} changed paths
 * @param {string[]} all paths of all test files
 */
export function findTestsFor(changed, all) {
  const found = changed.flatMap((file) => {
    if (all.includes(file)) return [file];
    const [, ...names] = file.replace(/\.\w+$/, "").split("/");
    for (const name of names.reverse()) {
      const named = all.filter((test) => new RegExp(`[/-]${name}[-./]`).test(test));
      if (named.length > 0) return named;
    }
    return [];
  });
  return [...new Set(found)];
}

/** Test processes at the same time: one more than the two cores of CI, because each one waits for its database at times. */
const AT_ONCE = 3;

/** Maximum number of files that are run again. If more fail, the code is the cause. */
const TRIED_AGAIN = 3;

/**
 * Runs unit and integration tests. In CI, a few failed files are run again, one at a time. A test that then passes is
 * reported as unstable, and does not stop a release. Locally, the first failure counts.
 * @param {string[]} sources test files
 * @param {{ signal?: AbortSignal, sample?: boolean }} [options] `signal` stops them; `sample` tests a part of long walks
 */
export async function tests(sources, { sample = false, ...options } = {}) {
  const files = sources.map((file) => `dist/${file.replace(/\.ts$/, ".js")}`);
  const first = await runTests(batchTests(files), {
    report: `${results}/tests.tap`,
    concurrency: AT_ONCE,
    sample,
    ...options,
  });
  const failed = [...new Set(first.failures?.map(({ file }) => file))];
  const isWorthIt = process.env.CI && first.failed > 0 && failed.length > 0 && failed.length <= TRIED_AGAIN;
  const again = failed.filter((file) => file !== null && files.includes(file)).map(String);
  if (!isWorthIt || again.length < failed.length) return first;
  console.log(`Running again: ${again.join(" ")}`);
  const second = await runTests(again, { report: `${results}/tests-again.tap`, concurrency: 1 });
  if (second.failed > 0) return { ...first, failures: second.failures };
  return { ...first, passed: first.passed + first.failed, failed: 0, failures: [], unstable: first.failures };
}

/**
 * @param {string[]} files
 * @param {{ report: string, concurrency: number, signal?: AbortSignal, sample?: boolean }} options
 */
async function runTests(files, { report, concurrency, signal, sample }) {
  prepareReport(report);
  const succeeded = await runNode(
    [
      ...["--enable-source-maps", "--test", `--test-concurrency=${concurrency}`],
      ...["--import", "./scripts/support/test-deadline.js"],
      ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
      ...["--test-reporter=tap", `--test-reporter-destination=${report}`],
      ...files,
    ],
    {
      env: { NODE_ENV: "test", ...(sample && { TEST_SAMPLE: "24" }) },
      minutes: process.env.NODE_V8_COVERAGE ? 90 : 55,
      ...(signal && { signal }),
    },
  );
  return counted(succeeded, () => readTap(readFileSync(report, "utf8")));
}

/** Runs the browser tests against their own app. @param {string[]} [files] only these tests */
export async function stories(files = []) {
  const report = `${results}/stories.json`;
  const executable = await ensureBrowser({ mayInstall });
  prepareReport(report);
  const succeeded = await runNode(["node_modules/playwright/cli.js", "test", "--reporter=list,json", ...files], {
    env: { CHROME: executable, PLAYWRIGHT_JSON_OUTPUT_NAME: report },
    minutes: process.env.NODE_V8_COVERAGE ? 45 : 20,
  });
  return counted(succeeded, () => readPlaywright(JSON.parse(readFileSync(report, "utf8"))));
}

/** Lets all programs that start from here record which code they run. */
export function beginCoverage() {
  rmSync(recorded, { recursive: true, force: true });
  process.env.NODE_V8_COVERAGE = resolve(recorded);
}

/**
 * Reports which lines of src these programs have run. @param {{ part: boolean }} options part: only some tests were run
 */
export async function coverage({ part }) {
  const { reportCoverage } = await import("./coverage/report.js");
  const { text, failures } = await reportCoverage({ recorded, output: `${results}/coverage`, part });
  rmSync(recorded, { recursive: true, force: true }); // gigabytes
  console.log(text);
  return { ...check(failures.length === 0), failures: failures.map((name) => ({ name, file: null, message: "" })) };
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
 * Returns the counts of a stage. A stage that crashed without a counted failure counts as one failure.
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
