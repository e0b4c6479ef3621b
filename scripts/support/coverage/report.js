// @ts-check
// V8 writes one file for each process that ends while NODE_V8_COVERAGE names a folder. Node passes this variable on to
// all child processes, even to those with an environment of their own. A killed process writes nothing.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { mergeProcessCovs } from "@bcoe/v8-coverage";
import { CoverageReport } from "monocart-coverage-reports";
import { filesIn } from "../build.js";

/** @typedef {import("@bcoe/v8-coverage").ScriptCoverage} ScriptCoverage */
/** @typedef {{ path: string, lines: number, uncovered: number[] }} CoveredFile its number of lines, and those that did not run */

/** The percentages of lines that tests must run: in all files together, and in each file. */
const LEAST = { total: 95, file: 60 };

/**
 * Merges the records of all processes, and reports which lines of src no test has run. Writes the report to
 * `summary.txt` in the output folder.
 * @param {{ recorded: string, output: string, part: boolean }} options `recorded` is the folder with the records. If
 * only
 *   part of the tests was run (`part`), only the files that they load are measured, and there are no thresholds.
 * @returns {Promise<{ text: string, failures: string[] }>} the report, and the missed thresholds
 */
export async function reportCoverage({ recorded, output, part }) {
  const scripts = mergeRecorded(recorded);
  if (!part) scripts.push(...listUnloaded(scripts));
  if (scripts.length === 0) return { text: "", failures: ["The tests loaded no file of src."] };
  const work = join(output, "work");
  const report = new CoverageReport({ reports: ["none"], outputDir: work, logging: "error" });
  await report.add(scripts.map((script) => ({ ...script, source: readFileSync(fileURLToPath(script.url), "utf8") })));
  const results = await report.generate();
  if (!results) throw new Error("The coverage could not be read.");
  const files = results.files.map(toCoveredFile).sort((one, other) => getPercent(one) - getPercent(other));
  const total = getPercent(...files);
  const text = formatReport(files, total);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  writeFileSync(join(output, "summary.txt"), `${text}\n`);
  return { text, failures: part ? [] : findFailures(files, total) };
}

/** Reads one file after another, because all of them together do not fit into memory. @param {string} folder */
function mergeRecorded(folder) {
  const built = `${pathToFileURL(resolve("dist/src"))}/`;
  let merged = { result: /** @type {ScriptCoverage[]} */ ([]) };
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    /** @type {{ result: ScriptCoverage[] }} */
    const { result } = JSON.parse(readFileSync(join(folder, name), "utf8"));
    merged = mergeProcessCovs([merged, { result: result.filter(({ url }) => url.startsWith(built)) }]);
  }
  return merged.result;
}

/**
 * Lists the files that no test has loaded, as not covered. Type declarations contain no code. @param {ScriptCoverage[]}
 * loaded
 */
function listUnloaded(loaded) {
  const urls = new Set(loaded.map(({ url }) => url));
  return filesIn("dist/src", ".js").flatMap((file) => {
    const url = String(pathToFileURL(file));
    const source = readFileSync(file, "utf8");
    const hasCode = source.replace(/^\/\/.*$/gm, "").trim() !== "export {};";
    const ranges = [{ startOffset: 0, endOffset: source.length, count: 0 }];
    const functions = [{ functionName: "", isBlockCoverage: true, ranges }];
    return hasCode && !urls.has(url) ? [{ scriptId: "0", url, functions }] : [];
  });
}

/**
 * A line is covered if any part of it has run. Comments and empty lines do not count.
 * @param {import("monocart-coverage-reports").CoverageFile} file
 * @returns {CoveredFile}
 */
function toCoveredFile({ sourcePath, summary, data }) {
  const uncovered = Object.entries(data?.lines ?? {}).filter(([, hits]) => hits === 0);
  return { path: sourcePath, lines: summary.lines.total, uncovered: uncovered.map(([line]) => Number(line)) };
}

/** @param {...CoveredFile} files @returns {number} the percentage of their lines that ran, with one decimal */
function getPercent(...files) {
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const uncovered = files.reduce((sum, file) => sum + file.uncovered.length, 0);
  return lines === 0 ? 100 : Math.floor((1 - uncovered / lines) * 1_000) / 10;
}

/** Formats sorted numbers as ranges: 3, 7, 8, 9 becomes "3, 7-9". @param {number[]} numbers */
function formatRanges(numbers) {
  /** @type {[number, number][]} */
  const ranges = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(", ");
}

/** @param {CoveredFile[]} files @param {number} total */
function formatReport(files, total) {
  const rows = files.filter(({ uncovered }) => uncovered.length > 0);
  const width = Math.max(0, ...rows.map(({ path }) => path.length));
  const lines = rows.map((file) =>
    [file.path.padEnd(width), `${getPercent(file)} %`.padStart(6), formatRanges(file.uncovered)].join("  "),
  );
  return [...lines, `${total} % of the lines in ${files.length} files are covered.`].join("\n");
}

/** @param {CoveredFile[]} files @param {number} total */
function findFailures(files, total) {
  const low = files.filter((file) => getPercent(file) < LEAST.file);
  return [
    ...(total < LEAST.total ? [`${total} % of all lines are covered; ${LEAST.total} % are needed.`] : []),
    ...low.map((file) => `${file.path}: ${getPercent(file)} % of its lines are covered; ${LEAST.file} % are needed.`),
  ];
}
