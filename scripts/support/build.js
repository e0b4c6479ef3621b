// @ts-check
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { installPackages } from "./packages.js";
import { runNode } from "./processes.js";
import { showing } from "./progress.js";

export const compiler = "node_modules/@typescript/native/bin/tsc";
const record = "dist/.built-from";

/** Installs and compiles as far as needed to run what is in dist; when nothing changed, that is nothing at all. */
export async function prepare() {
  const built = isBuilt();
  await installPackages({ dev: !built });
  if (built) return;
  if (!(await showing("Building (only after source changes)", compile)))
    throw new Error("The sources don't compile. See the errors above.");
}

/** Checks the types and writes dist. @returns {Promise<boolean>} whether there was no error */
export async function compile() {
  const sources = fingerprint();
  rmSync(record, { force: true });
  const clean = await runNode([compiler, "--pretty", "false"], { quiet: true });
  removeOrphans();
  if (clean) writeFileSync(record, sources);
  return clean;
}

/** A deployment may carry dist without the compiler or the record of a build: what it carries is then what runs. */
function isBuilt() {
  if (!existsSync("dist/src/server.js")) return false;
  if (!existsSync(record)) return !existsSync(compiler) && existsSync("node_modules");
  return !existsSync("src") || readFileSync(record, "utf8") === fingerprint();
}

/** Changes with any source of what runs; by content, since copies and checkouts do not keep times. */
function fingerprint() {
  const hash = createHash("sha256");
  for (const file of ["tsconfig.json", ...filesIn("src", ".ts"), ...filesIn("scripts", ".ts")]) {
    hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

/** The compiler leaves the output of a source that is gone: without this, deleted tests would go on running. */
function removeOrphans() {
  for (const file of [...filesIn("dist", ".js"), ...filesIn("dist", ".js.map")]) {
    const source = relative("dist", file).replace(/\.js(\.map)?$/, ".ts");
    if (!existsSync(source)) rmSync(file);
  }
}

/**
 * The files below a folder, sorted; none when there is no such folder.
 * @param {string} folder
 * @param {string} ending
 */
export function filesIn(folder, ending) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}
