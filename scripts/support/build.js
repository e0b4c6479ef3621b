// @ts-check
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { installPackages } from "./packages.js";
import { runNode } from "./processes.js";
import { showing } from "./progress.js";

export const compiler = "node_modules/@typescript/native/bin/tsc";
const record = "dist/.built-from";
const UNBUILT = "The sources don't compile. See the errors above.";

/**
 * What can be compiled: all, or only the app and its commands, so that a type error in a test does not keep the app from
 * starting. Both write to dist. So each deletes the other's record of what it wrote.
 */
const builds = {
  all: { project: "tsconfig.json", info: "dist/.tsbuildinfo" },
  app: { project: "tsconfig.app.json", info: "dist/.app.tsbuildinfo" },
};

/** Installs and compiles what the app needs to run. Does nothing if nothing has changed. */
export async function prepare() {
  const built = isBuilt();
  await installPackages({ dev: !built });
  if (built) return;
  if (!(await showing("Building (only after source changes)", () => compile("app")))) throw new Error(UNBUILT);
}

/** Installs and compiles everything, tests and benchmark included. @throws Error if something does not compile */
export async function prepareAll() {
  await installPackages({ dev: true });
  if (!(await showing("Building", () => compile("all")))) throw new Error(UNBUILT);
}

/**
 * Checks the types and writes dist.
 * @param {keyof typeof builds} build
 * @returns {Promise<boolean>} true if there were no errors
 */
export async function compile(build) {
  const sources = fingerprint();
  rmSync(record, { force: true });
  rmSync(builds[build === "all" ? "app" : "all"].info, { force: true });
  const clean = await runNode([compiler, "--pretty", "false", "-p", builds[build].project], { quiet: true });
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

/** Hashes the content of the app's sources. File times are useless, because copies and checkouts change them. */
function fingerprint() {
  const hash = createHash("sha256");
  const names = ["audit", "backup", "doctor", "migrate", "restore", "seed", "user"];
  const commands = names.map((name) => `scripts/${name}`).flatMap((path) => [`${path}.ts`, ...filesIn(path, ".ts")]);
  for (const file of ["tsconfig.json", "tsconfig.app.json", ...commands, ...filesIn("src", ".ts")]) {
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
