import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { exceptOnDay } from "../support/settings/sample.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const config = (await import(pathToFileURL(join(root, ".dependency-cruiser.js")).href)).default;
const rules: { name: string; from: { path?: string; pathNot?: string | string[] } }[] = config.forbidden;

/** Code that is planted in a copy of the sources, and the rule that must find it. */
type Violation = { what: string; in: string; text: string; rule: string };
/** A finding of a linter. */
type Finding = { file: string; rule: string };

const imports: Violation[] = [
  ["a model that imports a service", "models", 'import { a } from "../services/follow-ups.js";', "layer models"],
  [
    "a model that imports a type of a service",
    "models",
    'import type { A } from "../services/follow-ups.js";',
    "layer models",
  ],
  ["an import within a type", "models", 'export let a: import("../services/follow-ups.js").A;', "layer models"],
  ["import = require", "models", 'import a = require("../services/follow-ups.js");', "layer models"],
  ["require", "models", 'export const a = require("../services/follow-ups.js");', "layer models"],
  [
    "a triple-slash reference",
    "models",
    '/// <reference path="../services/follow-ups.ts" />\nexport {};',
    "layer models",
  ],
  ["a re-export from a higher layer", "models", 'export { a } from "../services/follow-ups.js";', "layer models"],
  [
    "a re-export of everything from a higher layer",
    "models",
    'export * from "../services/follow-ups.js";',
    "layer models",
  ],
  ["an import for its side effects", "services", 'import "../routes/index.js";', "layer services"],
  ["a form that imports a model", "forms/auth", 'import { User } from "../../models/user.js";', "layer forms"],
  ["a form that imports a type of a model", "forms", 'import type { User } from "../models/user.js";', "layer forms"],
  ["lib that imports a model", "lib/text", 'import { User } from "../../models/user.js";', "layer lib"],
  ["definitions that import lib", "definitions", 'import { a } from "../lib/network/ip.js";', "layer definitions"],
  [
    "a policy that imports a model's value",
    "policies",
    'import { User } from "../models/user.js";',
    "types for policies",
  ],
  ["a value beside a type", "policies", 'import { type A, User } from "../models/user.js";', "types for policies"],
  [
    "a value after a type of the same file",
    "policies",
    'import type { A } from "../models/user.js";\nimport { User } from "../models/user.js";',
    "types for policies",
  ],
  [
    "a re-export of a value where only types are allowed",
    "services",
    'export { a } from "../forms/fields.js";',
    "types for services",
  ],
  ["an empty import", "policies", 'import {} from "../models/user.js";', "plugin: still runs the file"],
  [
    "a default import beside a type",
    "services",
    'import mongoose, { type Types } from "mongoose";',
    "plugin: the default is all of it",
  ],
  ["a dynamic import", "models", 'export const a = () => import("../services/follow-ups.js");', "layer models"],
  [
    "a dynamic import of a computed name",
    "models",
    'export const a = (b: string) => import("../services/" + b);',
    "plugin: at the top of the file",
  ],
  [
    "require by another name",
    "models",
    'import { createRequire } from "node:module";\nexport const a = createRequire(import.meta.url);',
    "lint/style/noRestrictedImports",
  ],
  ["a default export", "services", "export default 1;", "lint/style/noDefaultExport"],
  ["a file that does not exist", "services", 'import { a } from "../models/nothing.js";', "not found"],
  ["src that imports a test", "services", 'import { a } from "../../test/support/until.js";', "layer services"],
  ["src that imports a script", "lib", 'import { a } from "../../scripts/seed.js";', "layer lib"],
  ["a folder that no rule knows", "helpers", 'import { a } from "../lib/network/ip.js";', "folder without a rule"],
  ["a service that imports Express", "services", 'import type { Request } from "express";', "place of express"],
  ["an inner part of the engine", "database", 'import { a } from "./embedded/process.js";', "parts of the engine"],
  ["the engine outside of database", "models", 'import { a } from "../database/embedded/index.js";', "engine"],
  ["Mongoose in a route", "routes", 'import { connection } from "mongoose";', "values of mongoose"],
  ["Mongoose in a service", "services/account", 'import mongoose from "mongoose";', "values of mongoose"],
  ["a file that nothing imports", "lib", "export const a = 1;", "orphan"],
].map(([what = "", folder = "", text = "", rule = ""]) => ({ what, in: folder, text, rule }));

/** One violation for each folder, because only app.ts may mount the routes. */
const upward: Violation[] = readdirSync(join(root, "src"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "routes")
  .map(({ name }) => ({
    what: `${name} that imports a route`,
    in: name,
    text: 'import type { A } from "../routes/index.js";',
    rule: `layer ${name}`,
  }));

/** One violation for each restricted package: a type import in a folder where the package is not allowed. */
const packages: Violation[] = rules.flatMap(({ name, from }) => {
  const [, restricted] = /^place of (.*)$/.exec(name) ?? [];
  const isElsewhere = (folder: string) =>
    ![from.pathNot ?? []].flat().some((path) => new RegExp(path).test(`src/${folder}/x.ts`));
  const folder = ["definitions", "policies"].find(isElsewhere);
  if (!restricted || !folder) return [];
  const specifier = restricted.replace("[^/]+", "core");
  return [
    { what: `${specifier} in another folder`, in: folder, text: `import type { A } from "${specifier}";`, rule: name },
  ];
});

const environment: Violation[] = [
  ["process.env", "process.env.HOME", "lint/style/noProcessEnv"],
  ["process?.env", "process?.env", "plugin: reads the environment"],
  ["brackets", 'process["env"]', "plugin: reads the environment"],
  ["computed brackets", 'process["e" + "nv"]', "plugin: reads the environment"],
  ["another name", "process", "plugin: reads the environment"],
  ["an argument", "Object.values(process)", "plugin: reads the environment"],
  ["a property", "({ process })", "plugin: reads the environment"],
  ["a spread", "({ ...process })", "plugin: reads the environment"],
  ["a parenthesis", "(process).env", "plugin: reads the environment"],
  ["globalThis", "globalThis.process.env", "lint/style/noRestrictedGlobals"],
  ["globalThis by brackets", 'globalThis["process"]', "lint/style/noRestrictedGlobals"],
  ["global", "global.process.env", "lint/style/noRestrictedGlobals"],
  ["the .env file", "process.loadEnvFile()", "plugin: reads the environment"],
  ["a module without import", 'process.getBuiltinModule("node:process")', "plugin: reads the environment"],
].map(([what = "", code = "", rule = ""]) => ({ what, in: "services", text: `export const a = ${code};`, rule }));

const environmentByStatements: Violation[] = [
  ["destructuring", "const { env } = process;\nexport { env };", "plugin: reads the environment"],
  ["an import", 'import process from "node:process";\nexport const a = process.pid;', "lint/style/noRestrictedImports"],
  ["an import of env", 'import { env } from "node:process";\nexport { env };', "lint/style/noRestrictedImports"],
  ["an import of all", 'import * as all from "process";\nexport { all };', "lint/style/noRestrictedImports"],
  ["an export", 'export { env } from "node:process";', "lint/style/noRestrictedImports"],
  ["a dynamic import", 'export const a = import("node:process");', "lint/style/noRestrictedImports"],
].flatMap(([what = "", text = "", rule = ""]) =>
  // Files in src/database may load modules by name, but not this one.
  ["services", "database"].map((folder) => ({ what: `${what} in ${folder}`, in: folder, text, rule })),
);

const writing: Violation[] = [
  "export const a = (post: any) => post.save();",
  "export const a = (post: any) => post?.save();",
  'export const a = (post: any) => post["save"]();',
  "export const a = (post: any) => post[`save`]();",
  "export const a = (post: any) => post.save;",
  "export const a = (post: any) => { const { save } = post; return save; };",
  "export const a = (post: any) => { const { save: store } = post; return store; };",
  "export const a = ({ save }: any) => save;",
  "export const a = (Post: any) => Post.updateOne({}, { title: 1 });",
  "export const a = (Post: any) => Post.create({ title: 1 });",
  "export const a = (Post: any) => Post.insertMany([]);",
  "export const a = (Post: any) => Post.deleteMany({});",
  "export const a = (Post: any) => Post.findOneAndUpdate({}, {});",
  "export const a = (Post: any) => Post.findByIdAndDelete(1);",
  "export const a = (Post: any) => Post.bulkWrite([]);",
  "export const a = (Post: any) => Post.collection.countDocuments();",
  "export const a = (Post: any) => Post.db.collection;",
].map((text) => ({ what: text.slice(18), in: "routes/admin", text, rule: "plugin: do not write to the database" }));

const lookups: Violation[] = [
  'export const a = (mongoose: any) => mongoose.model("User");',
  "export const a = (mongoose: any, name: string) => mongoose.connection.model(name);",
  'export const a = (model: any) => model("User");',
  'export const a = (mongoose: any) => mongoose.models["User"];',
  "export const a = (mongoose: any) => mongoose.models.User;",
].map((text) => ({ what: text.slice(17), in: "models/user", text, rule: "plugin: look up a model by its name" }));

const lines = (count: number, line: string) => Array.from({ length: count }, () => line).join("\n");
const reading: Violation[] = [
  [
    "a function of 46 lines",
    `export function a(b: () => void) {\n${lines(46, "  b();")}\n}`,
    "lint/complexity/noExcessiveLinesPerFunction",
  ],
  ["a file of 301 lines", lines(301, "export {};"), "lint/style/noExcessiveLinesPerFile"],
  [
    "a function with many branches",
    `export function a(b: number) {\n${lines(16, "  if (b) b += 1;")}\n  return b;\n}`,
    "lint/complexity/noExcessiveCognitiveComplexity",
  ],
  ["output to the console", 'console.log("here");\nexport {};', "lint/suspicious/noConsole"],
].map(([what = "", text = "", rule = ""]) => ({ what, in: "lib", text, rule }));

const all = [imports, upward, packages, environment, environmentByStatements, writing, lookups, reading].flat();
const fileOf = (violation: Violation) => `src/${violation.in}/planted-${all.indexOf(violation)}.ts`;

describe("the linters", { skip: exceptOnDay(3) }, () => {
  const copy = mkdtempSync(join(tmpdir(), "planted-"));
  after(() => rmSync(copy, { recursive: true }));
  for (const path of [
    "src",
    "scripts",
    "test/support",
    "biome.json",
    ".dependency-cruiser.js",
    "tsconfig.json",
    "package.json",
  ])
    cpSync(join(root, path), join(copy, path), { recursive: true });
  cpSync(join(root, ".gitignore"), join(copy, ".gitignore"));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  for (const violation of all) plant(fileOf(violation), `${violation.text}\n`);
  plant("src/lib/planted-left.ts", 'import { b } from "./planted-right.js";\nexport const a = () => b;\n');
  plant("src/lib/planted-right.ts", 'import { a } from "./planted-left.js";\nexport const b = () => a;\n');
  plant("src/lib/planted-one.ts", 'import type { B } from "./planted-other.js";\nexport type A = B[];\n');
  plant("src/lib/planted-other.ts", 'import type { A } from "./planted-one.js";\nexport type B = A[];\n');
  const findings = [...dependencyCruiser(), ...biome()];

  function plant(path: string, text: string): void {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  }

  function run(program: string, ...args: string[]): string {
    const options = { cwd: copy, encoding: "utf8", maxBuffer: 100_000_000 } as const;
    const { stdout, stderr } = spawnSync(process.execPath, [join(root, "node_modules", program), ...args], options);
    return stdout || assert.fail(stderr);
  }

  function dependencyCruiser(): Finding[] {
    const { summary } = JSON.parse(run("dependency-cruiser/bin/dependency-cruise.mjs", "--output-type", "json", "src"));
    const { violations } = summary as { violations: { from: string; rule: { name: string } }[] };
    return violations.map(({ from, rule }) => ({ file: from, rule: rule.name }));
  }

  function biome(): Finding[] {
    const text = run("@biomejs/biome/bin/biome", "lint", "--reporter=json", "--max-diagnostics=none", "src");
    const { diagnostics } = JSON.parse(text) as {
      diagnostics: { category: string; message: string; location: { path: string } }[];
    };
    return diagnostics.map(({ category, message, location }) => ({
      file: location.path,
      rule: category === "plugin" ? `plugin: ${message}` : category,
    }));
  }

  const isFound = (file: string, rule: string) =>
    findings.some((finding) =>
      finding.file === file && rule.startsWith("plugin: ")
        ? finding.rule.startsWith("plugin: ") && finding.rule.includes(rule.slice(8))
        : finding.file === file && finding.rule === rule,
    );

  test("find each planted violation", () => {
    const missed = all.filter((violation) => !isFound(fileOf(violation), violation.rule));
    const found = (file: string) => findings.filter((finding) => finding.file === file).map(({ rule }) => rule);
    assert.deepEqual(
      missed.map((violation) => ({ ...violation, found: found(fileOf(violation)) })),
      [],
    );
    assert.ok(upward.length > 9 && packages.length > 30);
  });

  test("find circular imports, including imports of types", () => {
    for (const pair of [
      ["left", "right"],
      ["one", "other"],
    ])
      assert.ok(
        pair.some((name) => isFound(`src/lib/planted-${name}.ts`, "cycle")),
        pair.join(),
      );
  });

  test("find nothing in code without violations", () => {
    assert.deepEqual(
      findings.filter(({ file }) => !file.includes("/planted-")),
      [],
    );
  });
});
