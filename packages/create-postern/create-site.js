// @ts-check
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { listFiles } from "./files.js";
import { Misuse } from "./options.js";

/** @typedef {import("./options.js").Options} Options */

/**
 * Clones Postern into a folder, writes what is the site's own, and commits it. The folder appears when all is done.
 * @param {Options} wanted
 * @returns {{ release: string }} the release that it begins with
 * @throws {Misuse} if git is missing, or the repository or the release is unknown; then nothing is left
 */
export function createSite(wanted) {
  if (runGit(".", ["--version"]) === null) throw new Misuse("git is missing. Install it, and try again.");
  const temporary = `${wanted.folder}.partial-${process.pid}`;
  const discard = () => rmSync(temporary, { recursive: true, force: true });
  const stop = () => {
    discard();
    process.exit(130);
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    const release = clone(temporary, wanted);
    for (const [file, text] of Object.entries(listFiles(wanted))) {
      mkdirSync(dirname(join(temporary, file)), { recursive: true });
      writeFileSync(join(temporary, file), text);
    }
    commit(temporary, `Create ${wanted.name} from Postern ${release}`);
    renameSync(temporary, wanted.folder);
    return { release };
  } finally {
    discard();
  }
}

/**
 * Clones the repository, with a branch `main` at the release, and the remote `upstream`. @param {string} folder
 * @param {Options} wanted
 */
function clone(folder, { from, release }) {
  if (runGit(".", ["clone", "--quiet", "--origin", "upstream", "--", from, folder]) === null)
    throw new Misuse(`${from} cannot be cloned. Check the address, and whether you may read it.`);
  const newest = runGit(folder, ["tag", "--list", "v*.*.*", "--sort=-version:refname"])?.split("\n")[0];
  const tag = release ?? (newest || "HEAD");
  if (runGit(folder, ["checkout", "--quiet", "--no-track", "-B", "main", tag]) === null)
    throw new Misuse(`There is no release ${tag}.`);
  if (!existsSync(join(folder, "src/site/definitions.ts")))
    throw new Misuse(`${tag} is too old: it has no files for your own code. Choose a newer one.`);
  return tag === "HEAD" ? `commit ${runGit(folder, ["rev-parse", "--short", "HEAD"])?.trim()}` : tag;
}

/** @param {string} folder @param {string} subject */
function commit(folder, subject) {
  // Merging a release keeps the README of the site (.gitattributes).
  runGit(folder, ["config", "merge.keep-own.driver", "true"]);
  const hasAuthor = runGit(folder, ["config", "user.email"]) !== null;
  const author = hasAuthor ? [] : ["-c", "user.name=create-postern", "-c", "user.email=create-postern@localhost"];
  const options = [...author, "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"];
  if (runGit(folder, ["add", "--all"]) === null || runGit(folder, [...options, "commit", "-qm", subject]) === null)
    throw new Error("The first commit failed. Nothing is left.");
}

/**
 * Runs git, without the settings of a surrounding git command. @param {string} folder @param {string[]} args
 * @returns {string | null} its output; null if it failed
 */
function runGit(folder, args) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^GIT_(DIR|WORK|INDEX)/.test(name)));
  try {
    const options = { cwd: folder, env: { ...env, GIT_TERMINAL_PROMPT: "0" }, maxBuffer: 100_000_000 };
    return execFileSync("git", args, { ...options, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch {
    return null;
  }
}
