// @ts-check
import { spawn } from "node:child_process";

/** @typedef {{ env?: Record<string, string>, quiet?: boolean, minutes?: number, signal?: AbortSignal }} RunOptions */

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
let exitCode = 0;

/**
 * Runs a command until it ends. If this process must stop in the meantime, it stops the command first.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options] quiet: show the output only if the command fails; minutes: time limit;
 *   signal: aborts the command
 * @returns {Promise<boolean>} true if it succeeded
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
 * Runs a JavaScript program with the Node version of this process.
 * @param {string[]} args the program, relative to the project's root, and its arguments
 * @param {RunOptions} [options]
 */
export const runNode = (args, options) => run(process.execPath, args, options);

function onTerminate() {
  exitCode = 143;
  for (const child of running) child.kill("SIGINT");
}

/** The terminal also sends Ctrl-C to the commands, and some of them treat a second signal as a forced stop. */
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
