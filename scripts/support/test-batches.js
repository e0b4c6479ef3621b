// @ts-check
// Importing the app, starting its database and building the indexes takes a test file three to five seconds, more than
// most of its tests. So files that leave nothing behind are run one after another in one process, with an empty database
// for each (test/support/settings/shared-process.ts). Files that want the same other settings, which the app reads once,
// share a process, too. All other files have a process of their own.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

const APP = "dist/test/support/app.js";
/** The database without the app. */
const DATABASE = "dist/test/support/database/open.js";

/** A module that sets the environment, and does nothing else. */
const ONLY_SETTINGS = /^(\/\/.*\n|process\.env\.\w+ (\?\?)?= "[^"]*";\n|export \{\};\n)+$/;

/**
 * What a test file, or a test module that it imports, says if it cannot share a process: it sets the environment, which
 * the app reads once; or it opens, closes, stops or crashes what the files of a batch share.
 */
const NEEDS_OWN_PROCESS = [
  /settings\/(production|features-off|shared-process)/,
  /(delete|assign\() ?process\.env|process\.env(\.\w+|\[.+?\])? (\?\?)?= /,
  /\b(openDatabase|connectDatabase|disconnect|startJobs|stopJobs|startQueue|configurePasswords|closePasswords)\b/,
  /\btemporaryEngine\b|import \{[^}]*\bengine\b/,
  /\bfindSetupUrl\b/, // src/models/user/create/first.ts remembers that an account exists
  /process\.(chdir|exit|on|once)\(/,
];
/** Modules of which the above is known. */
const shared = [APP, DATABASE, "dist/test/support/environment.js", "dist/test/support/database/engine.js"];

/**
 * Writes an entry file for each batch of test files, and returns what `node --test` should run instead of them: the
 * entry files, and the test files that need a process of their own.
 * @param {string[]} files compiled test files
 * @param {string} [folder] where the entry files are written; its content is deleted
 */
export function batchTests(files, folder = "test-results/batches") {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  /** @type {Map<string, string[]>} */
  const batches = new Map();
  for (const file of files) {
    const name = findBatch(file);
    batches.set(name, [...(batches.get(name) ?? []), file]);
  }
  joinSmall(batches);
  return [...batches].flatMap(([name, members]) =>
    members.length > 1 ? [writeEntry(join(folder, `${name}.test.js`), members)] : members,
  );
}

/** Batches with up to this many files are joined, by what they use: a process takes longer to start than many tests. */
const SMALL = { app: 3, unit: 3 };

/**
 * Joins small batches that use the same, with its usual settings: those that use the app, and those that use nothing.
 * @param {Map<string, string[]>} batches
 */
function joinSmall(batches) {
  for (const [base, most] of Object.entries(SMALL)) {
    const small = [...batches].filter(
      ([name, files]) =>
        new RegExp(`^${base}(-|$)`).test(name) &&
        files.length <= most &&
        findSettings(findModules(files[0] ?? "")).length === 0,
    );
    for (const [name] of small) batches.delete(name);
    if (small.length > 0)
      batches.set(
        `${base}-others`,
        small.flatMap(([, files]) => files),
      );
  }
}

/**
 * Returns the name of a test file's batch: whether it uses the app or the database, and its settings or else its folder.
 * A file without a batch has its own name.
 */
function findBatch(/** @type {string} */ file) {
  const modules = findModules(file);
  const settings = findSettings(modules);
  const isAlone = [...modules]
    .filter((path) => !shared.includes(path) && !settings.includes(path))
    .some((path) => NEEDS_OWN_PROCESS.some((sign) => sign.test(readFileSync(path, "utf8"))));
  if (isAlone) return file;
  const folders = relative("dist/test", dirname(file)).split("/").slice(0, 2);
  const base = findBase(modules);
  const places = base === "database" ? [] : folders; // one process for all folders, because these files are few
  const names = settings.length > 0 ? settings.map((path) => basename(path, ".js")) : places;
  return [base ?? "unit", ...names].filter(Boolean).join("-");
}

/** Returns what these modules use. @param {Set<string>} modules */
function findBase(modules) {
  if (modules.has(APP)) return "app";
  return modules.has(DATABASE) ? "database" : null;
}

/** Returns which of these modules only set the environment. @param {Set<string>} modules */
const findSettings = (modules) =>
  [...modules].filter((path) => path.includes("/settings/") && ONLY_SETTINGS.test(readText(path))).sort();

/** Reads a module without its source map. @param {string} path */
const readText = (path) => readFileSync(path, "utf8").replace(/\n\/\/# sourceMappingURL=\S+\s*$/, "\n");

/**
 * Lists a compiled test file and the modules of dist/test that it imports.
 * @param {string} path
 * @param {Set<string>} found
 */
function findModules(path, found = new Set()) {
  if (found.has(path) || !path.startsWith("dist/test/") || !existsSync(path)) return found;
  found.add(path);
  for (const [, imported = ""] of readFileSync(path, "utf8").matchAll(/\b(?:from|import) ?\(?"(\.[^"]+\.js)"/g)) {
    findModules(join(dirname(path), imported), found);
  }
  return found;
}

/** @param {string} entry @param {string[]} files */
function writeEntry(entry, files) {
  const runner = JSON.stringify(relative(dirname(entry), "dist/test/support/settings/shared-process.js"));
  const list = JSON.stringify(files.map((file) => relative("dist", file)));
  const modules = findModules(files[0] ?? "");
  const settings = findSettings(modules).map((path) => `import ${JSON.stringify(relative(dirname(entry), path))};\n`);
  const run = `await runFiles(${list}, ${JSON.stringify({ base: findBase(modules) })});\n`;
  writeFileSync(entry, `${settings.join("")}import { runFiles } from ${runner};\n${run}`);
  return entry;
}
