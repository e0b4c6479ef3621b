// @ts-check
import { spawnSync } from "node:child_process";

/** An invalid command, or a project that cannot be upgraded as it is: exit code 2. */
export class Misuse extends Error {}

/** Runs git. @param {string[]} args @returns {{ succeeded: boolean, output: string }} with the output of both streams */
export function tryGit(...args) {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_EDITOR: "true" };
  const { status, stdout, stderr, error } = spawnSync("git", args, { encoding: "utf8", env, maxBuffer: 100_000_000 });
  if (error) throw new Misuse("git is missing. Install it, and try again.");
  return { succeeded: status === 0, output: status === 0 ? stdout : `${stdout}${stderr}` };
}

/** Runs git, and returns its output. @param {string[]} args @throws with git's message if it fails */
export function git(...args) {
  const { succeeded, output } = tryGit(...args);
  if (!succeeded) throw new Error(`git ${args[0]} failed: ${output.trim()}`);
  return output;
}

/** Returns the lines of git's output. @param {string[]} args */
export const listLines = (...args) =>
  git(...args)
    .split("\n")
    .filter(Boolean);
