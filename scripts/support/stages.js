// @ts-check
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { ensureBrowser } from "./browser.js";
import { compile, compiler, filesIn } from "./build.js";
import { runNode } from "./processes.js";
import { ensureCurl } from "./system-packages.js";

/** @typedef {{ passed: number, failed: number, skipped: number, failures?: string[] }} Count */

const results = "test-results";

/** Checks the types of everything, and writes what the tests run. */
export async function types() {
  const clean = await compile();
  return check(clean && (await runNode([compiler, "-p", "scripts"])));
}

/** Checks style and formatting. */
export async function lint() {
  const biome = ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings"];
  return check(await runNode(biome, { quiet: true }));
}

/** Runs the unit and integration tests. */
export async function tests() {
  const report = `${results}/tests.tap`;
  const files = filesIn("dist/test", ".test.js");
  if (files.length === 0) return check(false);
  await ensureCurl();
  prepareReport(report);
  const succeeded = await runNode(
    [
      ...["--enable-source-maps", "--test", "--test-concurrency=2"],
      ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
      ...["--test-reporter=tap", `--test-reporter-destination=${report}`],
      ...files,
    ],
    { env: { NODE_ENV: "test" }, minutes: 38 },
  );
  return counted(succeeded, () => countTap(readFileSync(report, "utf8")));
}

/** Runs the stories in a real browser, on an app of their own. */
export async function stories() {
  const report = `${results}/stories.json`;
  const executable = await ensureBrowser();
  prepareReport(report);
  const succeeded = await runNode(["node_modules/playwright/cli.js", "test", "--reporter=list,json"], {
    env: { CHROME: executable, PLAYWRIGHT_JSON_OUTPUT_NAME: report },
    minutes: 20,
  });
  return counted(succeeded, () => countPlaywright(JSON.parse(readFileSync(report, "utf8")).stats));
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
 * What a stage counted; one that broke down without counting a failure is a failure.
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

/** @returns {Count} */
function countTap(/** @type {string} */ tap) {
  const total = (/** @type {string} */ name) => Number(tap.match(new RegExp(`^# ${name} (\\d+)$`, "m"))?.[1]);
  const count = {
    passed: total("pass"),
    failed: total("fail") + total("cancelled"),
    skipped: total("skipped") + total("todo"),
  };
  if (Object.values(count).some(Number.isNaN)) throw new Error("The report ends early.");
  const failures = [...tap.matchAll(/^ *not ok \d+ - (.+)$/gm)].map(([, name = ""]) => name);
  return { ...count, failures };
}

/** @returns {Count} */
function countPlaywright(/** @type {import("playwright/types/testReporter").JSONReport["stats"]} */ stats) {
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
}
