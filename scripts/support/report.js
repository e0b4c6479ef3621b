// @ts-check
import { stripVTControlCharacters } from "node:util";

/**
 * @typedef {{ passed: number, failed: number, skipped: number, failures?: Failure[] | undefined, unstable?: Failure[] |
 *   undefined }} Count
 */
/**
 * @typedef {{ name: string, file: string | null, message: string }} Failure a failed test, its file if the report
 * contains
 *   it, and its error
 */

/**
 * Reads a report of `node --test` (the Test Anything Protocol, version 14, with a YAML block after each failure). A
 * test that fails only because of a subtest is counted but not listed.
 * @param {string} tap
 * @returns {Count}
 * @throws {Error} if the report ends before its totals
 */
export function readTap(tap) {
  const total = (/** @type {string} */ name) => Number(tap.match(new RegExp(`^# ${name} (\\d+)$`, "m"))?.[1]);
  const count = {
    passed: total("pass"),
    failed: total("fail") + total("cancelled"),
    skipped: total("skipped") + total("todo"),
  };
  if (Object.values(count).some(Number.isNaN)) throw new Error("The test report is incomplete.");
  const blocks = tap.matchAll(/^( *)not ok \d+ - (.+)\n\1 {2}---\n([\s\S]*?)\n\1 {2}\.\.\.$/gm);
  const failures = [...blocks].flatMap(([, , name = "", details = ""]) =>
    /failureType: 'subtestsFailed'/.test(details)
      ? []
      : [{ name, file: findFile(details), message: findMessage(details) }],
  );
  return { ...count, failures };
}

/**
 * @param {string} details of a failure @returns {string | null} the compiled test file, relative to the project's root
 */
function findFile(details) {
  const [, path] = details.match(/location: '.*?\b((?:dist\/)?test\/[^:']+\.test)\.[jt]s:/) ?? [];
  return path ? `${path.startsWith("dist/") ? "" : "dist/"}${path}.js` : null;
}

const MESSAGE_LINES = 12;

/** @param {string} details of a failure @returns {string} its location, and the first lines of its error */
function findMessage(details) {
  const [, place = ""] = details.match(/location: '(.*)'/) ?? [];
  const [, error = ""] = details.match(/^ *error: (?:\|-\n)?([\s\S]*?)(?=^ *\w+: |$(?![\s\S]))/m) ?? [];
  const lines = error.split("\n").map((line) => line.trim());
  return [place, ...lines].filter(Boolean).slice(0, MESSAGE_LINES).join("\n");
}

/**
 * Reads a report of Playwright. A test that passed only after a retry is unstable.
 * @param {import("playwright/types/testReporter").JSONReport} report
 * @returns {Count}
 */
export function readPlaywright({ stats, suites }) {
  const specs = suites.flatMap(specsIn);
  /** @param {string} status @returns {Failure[]} */
  const listed = (status) =>
    specs.flatMap(({ title, file, line, tests }) =>
      tests
        .filter((test) => test.status === status)
        .map(({ results }) => ({
          name: title,
          file: `e2e/${file}`,
          message: [`e2e/${file}:${line}`, firstLines(results.find(({ error }) => error)?.error?.message)].join("\n"),
        })),
    );
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected,
    skipped: stats.skipped,
    failures: listed("unexpected"),
    unstable: listed("flaky"),
  };
}

/**
 * @param {import("playwright/types/testReporter").JSONReportSuite} suite
 * @returns {import("playwright/types/testReporter").JSONReportSpec[]}
 */
const specsIn = ({ specs, suites = [] }) => [...specs, ...suites.flatMap(specsIn)];

const firstLines = (/** @type {string | undefined} */ text = "") =>
  stripVTControlCharacters(text).split("\n").slice(0, MESSAGE_LINES).join("\n");
