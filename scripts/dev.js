// @ts-check
// `npm run dev`: compiles and restarts when a source file changes. Views and styles are read for each request anyway.
import "./support/setup.js";
import { watch } from "node:fs";
import { compile } from "./support/build.js";
import { command } from "./support/command.js";
import { installPackages } from "./support/packages.js";
import { runNode } from "./support/processes.js";

const settleMs = 100; // an editor or a checkout writes several files at once

let stop = new AbortController();
/** @type {Promise<unknown>} */
let serving = Promise.resolve();
/** @type {NodeJS.Timeout | undefined} */
let settling;

await command(async () => {
  await installPackages({ dev: true });
  console.log("Restarting on every change. Press Ctrl-C to stop.");
  await serve();
});
let turn = Promise.resolve();
watch("src", { recursive: true }, () => {
  clearTimeout(settling);
  settling = setTimeout(() => {
    turn = turn.then(serve);
  }, settleMs);
});

/**
 * Compiles and restarts. Type errors are shown but do not prevent the restart, because unfinished code may still run.
 */
async function serve() {
  await compile("app");
  stop.abort();
  await serving;
  stop = new AbortController();
  serving = runNode(["--enable-source-maps", "dist/src/server.js"], { signal: stop.signal });
}
