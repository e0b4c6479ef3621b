// @ts-check
// `npm test` runs everything. --no-browser skips the browser tests, --only-browser runs nothing else. With words, as in
// `npm test -- login`, only tests in files whose path contains one of them are run, without the linter. --coverage
// reports which lines of src the tests do not run; --watch runs the tests after every change. Without words, only a part of
// the longest walks is tested (test/support/settings/sample.ts); --all and CI test all. A site with tests in test/site runs
// these and a selection of the app's (support/site-tests.js), but no browser tests; with --all everything.
import "./support/setup.js";
import { parseArgs } from "node:util";
import { prepare } from "./support/build.js";
import { command } from "./support/command.js";
import { installPackages } from "./support/packages.js";
import { chooseTests, isSite } from "./support/site-tests.js";

const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const lines = [];
const flag = /** @type {const} */ ({ type: "boolean", default: false });
const options = { "no-browser": flag, "only-browser": flag, coverage: flag, watch: flag, all: flag };

await command(async () => {
  const { values: wanted, positionals: words } = parseArgs({ options, allowPositionals: true });
  if (wanted.watch) await watch(words);
  else await countAll(() => (wanted["only-browser"] ? browserStories(words) : everything(words, wanted)));
});

/** @param {string[]} words */
async function watch(words) {
  await installPackages({ dev: true });
  const { watchTests } = await import("./support/watch.js");
  await watchTests(words);
}

/** Runs stages, then prints the total. @param {() => Promise<void>} stages */
async function countAll(stages) {
  try {
    await stages();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    total.failed += 1;
  }
  for (const line of lines) console.log(line);
  console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ""}`);
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
}

/**
 * Runs all stages. Stops after type errors, because the tests would run the previous build.
 * @param {string[]} words
 * @param {{ "no-browser": boolean, coverage: boolean, all: boolean }} wanted
 */
async function everything(words, wanted) {
  await installPackages({ dev: true });
  const stages = await import("./support/stages.js");
  const found = stages.findTests(words);
  const part = words.length > 0;
  const chosen = part || wanted.all ? found : chooseTests(found);
  const sample = !(part || wanted.all || wanted.coverage || process.env.CI);
  const withBrowser = !part && !wanted["no-browser"] && (wanted.all || !isSite(found));
  if (!part) await stages.ensureTools({ browser: withBrowser });
  await stage("Types", stages.types);
  if (total.failed > 0) return;
  if (!part && !wanted.coverage) await stage("Lint", stages.lint);
  if (wanted.coverage) stages.beginCoverage();
  await stage("Unit and integration tests", () => stages.tests(chosen, { sample }));
  if (withBrowser) await stage("Browser stories", stages.stories);
  if (wanted.coverage) await stage("Coverage", () => stages.coverage({ part: !withBrowser }));
}

/** @param {string[]} words */
async function browserStories(words) {
  await installPackages({ dev: true });
  const { findTests, stories } = await import("./support/stages.js");
  const files = words.length > 0 ? findTests(words, { folder: "e2e" }) : [];
  await prepare();
  await stage("Browser stories", () => stories(files));
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
 * Formats one line for each test, with its error below. `.ci/run` collects lines with this prefix.
 * @param {string} word
 * @param {{ name: string, message: string }[]} tests
 */
function list(word, tests) {
  return tests.map(({ name, message }) => [`${word}: ${name}`, ...message.split("\n").filter(Boolean)].join("\n  | "));
}
