// @ts-check
import { existsSync, readFileSync } from "node:fs";
import { run, runNode } from "./processes.js";
import { showing } from "./progress.js";

/** @typedef {{ version: string, license?: string, integrity?: string, dev?: boolean, optional?: boolean }} LockedPackage */

/**
 * Returns true if all packages of the lock file are installed in the right versions. @param {{ dev: boolean }} wanted
 */
function packagesInstalled({ dev }) {
  const installed = lockedPackages("node_modules/.package-lock.json");
  return Object.entries(lockedPackages("package-lock.json"))
    .filter(([path, { optional }]) => path !== "" && !optional)
    .filter(([, locked]) => dev || !locked.dev)
    .every(([path, { version }]) => installed[path]?.version === version);
}

/** Installs the packages of the lock file if any is missing. @param {{ dev: boolean }} wanted */
export async function installPackages({ dev }) {
  if (packagesInstalled({ dev })) return;
  const install = () =>
    runNpm(["ci", dev ? "--include=dev" : "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]);
  const installed = await showing("Installing packages (once; this can take a minute or two)", install);
  if (!installed) throw new Error("The packages could not be installed. See npm's error above.");
}

/**
 * Runs npm: the one that runs this command, if any. Shows its output only if it fails. @param {string[]} args
 * @returns {Promise<boolean>} true if it succeeded
 */
export function runNpm(args) {
  const npm = process.env.npm_execpath;
  return npm?.endsWith("npm-cli.js") ? runNode([npm, ...args], { quiet: true }) : run("npm", args, { quiet: true });
}

/** @param {string} file @returns {Record<string, LockedPackage>} the packages of a lock file, by path in the tree */
export function lockedPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : {};
}
