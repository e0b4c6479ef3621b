// @ts-check
// `npm test`: everything. --no-browser leaves the browser tests out, --only-browser runs only these. With words, as in
// `npm test -- login`: only unit and integration tests in files whose path contains one of them, without the linter.
import "./support/setup.js";
import { prepare } from "./support/build.js";
import { installPackages } from "./support/packages.js";

const words = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const lines = [];

try {
  await (process.argv.includes("--only-browser") ? browserStories() : everything());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  total.failed += 1;
}
for (const line of lines) console.log(line);
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ""}`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** Runs all stages. It stops after type errors, because the tests would run the previous build. */
async function everything() {
  await installPackages({ dev: true });
  const { ensureTools, types, lint, tests, stories } = await import("./support/stages.js");
  const withBrowser = words.length === 0 && !process.argv.includes("--no-browser");
  if (words.length === 0) await ensureTools({ browser: withBrowser });
  await stage("Types", types);
  if (total.failed > 0) return;
  if (words.length === 0) await stage("Lint", lint);
  await stage("Unit and integration tests", () => tests(words));
  if (withBrowser) await stage("Browser stories", stories);
}

async function browserStories() {
  await installPackages({ dev: true });
  await prepare();
  const { stories } = await import("./support/stages.js");
  await stage("Browser stories", stories);
}

/**
 * @param {string} name
 * @param {() => Promise<import("./support/stages.js").Count>} run
 */
async function stage(name, run) {
  console.log(`${name}…`);
  const count = await run();
  total.passed += count.passed;
  total.failed += count.failed;
  total.skipped += count.skipped;
  if (count.failed > 0) lines.push(...list("Failed", count.failures ?? [{ name, message: "" }]));
  lines.push(...list("Unstable", count.unstable ?? []));
}

/**
 * Formats one line for each test, with its error below it. `.ci/run` collects lines with this prefix.
 * @param {string} word
 * @param {{ name: string, message: string }[]} tests
 */
function list(word, tests) {
  return tests.map(({ name, message }) => [`${word}: ${name}`, ...message.split("\n").filter(Boolean)].join("\n  | "));
}
