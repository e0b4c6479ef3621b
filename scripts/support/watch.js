// @ts-check
import { watch } from "node:fs";
import { join } from "node:path";
import { compile } from "./build.js";
import { findTests, findTestsFor, tests } from "./stages.js";

const folders = ["src", "test", "scripts", "views", "public", "docs"];
const settleMs = 100; // an editor or a checkout writes several files at once

/**
 * Compiles and runs tests after every change, until the process is stopped. A change stops the tests that are running.
 * @param {string[]} words run the tests whose path contains one of them, also at the start; without words, run those of
 *   the changed files
 */
export async function watchTests(words) {
  /** @type {Set<string>} */
  const changed = new Set();
  let stop = new AbortController();
  /** @type {NodeJS.Timeout | undefined} */
  let settling;

  async function check() {
    stop = new AbortController();
    const { signal } = stop;
    const files = [...changed];
    changed.clear();
    const isClean = await compile("all");
    if (isClean && !signal.aborted) await run(files, signal);
    if (!isClean || signal.aborted) for (const file of files) changed.add(file);
    if (signal.aborted) return;
    console.log(`${isClean ? "" : "No tests were run. "}Waiting for changes. Press Ctrl-C to stop.`);
  }

  /** @param {string[]} files @param {AbortSignal} signal */
  async function run(files, signal) {
    const found = words.length > 0 ? findTests(words) : findTestsFor(files, findTests([]));
    if (found.length > 0) await tests(found, { signal, sample: true });
    else if (files.length > 0) console.log(`No test is named after ${files.join(", ")}. Name the tests to run.`);
  }

  findTests(words);
  let turn = check();
  for (const folder of folders) {
    watch(folder, { recursive: true }, (_, name) => {
      changed.add(join(folder, String(name)));
      clearTimeout(settling);
      settling = setTimeout(() => {
        stop.abort();
        turn = turn.then(check).catch((error) => console.error(error.message));
      }, settleMs);
    });
  }
}
