// @ts-check
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { installPackages } from "./packages.js";
import { runNode } from "./processes.js";
import { showing } from "./progress.js";

export const compiler = "node_modules/@typescript/native/bin/tsc";
const record = "dist/.built-from";

/** Installs and compiles everything that dist needs to run. Does nothing if nothing has changed. */
export async function prepare() {
  const built = isBuilt();
  await installPackages({ dev: !built });
  if (built) return;
  if (!(await showing("Building (only after source changes)", compile)))
    throw new Error("The sources don't compile. See the errors above.");
}

/** Checks the types and writes dist. @returns {Promise<boolean>} true if there were no errors */
export async function compile() {
  const sources = fingerprint();
  rmSync(record, { force: true });
  const clean = await runNode([compiler, "--pretty", "false"], { quiet: true });
  removeOrphans();
  if (clean) writeFileSync(record, sources);
  return clean;
}

/**
 * Returns true if dist is up to date. A deployment may contain dist, but neither the compiler nor a build record. It
 * then uses dist as it is.
 */
function isBuilt() {
  if (!existsSync("dist/src/server.js")) return false;
  if (!existsSync(record)) return !existsSync(compiler) && existsSync("node_modules");
  return !existsSync("src") || readFileSync(record, "utf8") === fingerprint();
}

/** Hashes the content of all sources that run. File times are useless, because copies and checkouts change them. */
function fingerprint() {
  const hash = createHash("sha256");
  for (const file of ["tsconfig.json", ...filesIn("src", ".ts"), ...filesIn("scripts", ".ts")]) {
    hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

/**
 * Deletes compiled files whose source is deleted, because the compiler leaves them and deleted tests would still run.
 */
function removeOrphans() {
  for (const file of [...filesIn("dist", ".js"), ...filesIn("dist", ".js.map")]) {
    const source = relative("dist", file).replace(/\.js(\.map)?$/, ".ts");
    if (!existsSync(source)) rmSync(file);
  }
}

/**
 * Lists the files in a folder and its subfolders in order. Returns an empty list if the folder does not exist.
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
