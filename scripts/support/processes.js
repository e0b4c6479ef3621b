// @ts-check
import { spawn } from "node:child_process";

/** @typedef {{ env?: Record<string, string>, quiet?: boolean, minutes?: number, signal?: AbortSignal }} RunOptions */

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
let exitCode = 0;

/**
 * Runs a command to its end. While it runs, a request to stop this process stops the command first.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options] quiet: show the output only if the command fails; minutes: stop it after so long;
 *   signal: stop it when this says so
 * @returns {Promise<boolean>} whether it succeeded
 */
export function run(command, args, { env = {}, quiet = false, minutes, signal } = {}) {
  const child = spawn(command, args, {
    stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
    env: { ...process.env, ...env },
    killSignal: "SIGINT",
    ...(signal && { signal }),
    ...(minutes && { timeout: minutes * 60_000 }),
  });
  /** @type {Buffer[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => output.push(chunk));
  began(child);
  return new Promise((resolve) => {
    child.on("error", (error) => output.push(Buffer.from(signal?.aborted ? "" : `${error.message}\n`)));
    child.on("close", (code) => {
      ended(child);
      if (code !== 0 && !exitCode) process.stderr.write(Buffer.concat(output));
      resolve(code === 0);
    });
  });
}

/**
 * Runs a JavaScript program under this same Node.
 * @param {string[]} args the program, from the project's root, and its arguments
 * @param {RunOptions} [options]
 */
export const runNode = (args, options) => run(process.execPath, args, options);

function onTerminate() {
  exitCode = 143;
  for (const child of running) child.kill("SIGINT");
}

/** Ctrl-C in a terminal reaches the commands by itself, and some take a second one as "now, the hard way". */
function onInterrupt() {
  exitCode = 130;
}

function began(/** @type {import("node:child_process").ChildProcess} */ child) {
  running.add(child);
  if (running.size > 1) return;
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);
}

function ended(/** @type {import("node:child_process").ChildProcess} */ child) {
  running.delete(child);
  if (running.size > 0) return;
  process.off("SIGINT", onInterrupt);
  process.off("SIGTERM", onTerminate);
  if (exitCode) process.exit(exitCode);
}
