import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import ts from "typescript";
import { temporaryDirectory } from "../support/database/engine.js";

const { reportCoverage } = await import(new URL("../../../scripts/support/coverage/report.js", import.meta.url).href);

// The report is created for a small separate project. Its program starts another program with an empty environment.
const folder = temporaryDirectory();
const recorded = join(folder, "recorded");
const project = process.cwd();

const sources = {
  "main.ts": `import { spawnSync } from "node:child_process";
import { add } from "./add.js";
import type { Kind } from "./kind.js";

// A comment is no line of code.
const kind: Kind = add(1, 2) === 3 ? "parent" : "child";
if (kind === "parent") spawnSync(process.execPath, [process.argv[1].replace("main", "child")], { env: {} });
`,
  "child.ts": `import { subtract } from "./add.js";
subtract(2, 1);
`,
  "add.ts": `export const add = (one: number, other: number) => one + other;

export function subtract(one: number, other: number) {
  if (one < other) {
    console.log("negative");
    return 0;
  }
  return one - other;
}

export function multiply(one: number, other: number) {
  return one * other;
}
`,
  "never.ts": `export const never = () => "loaded";
`,
  "kind.ts": `export type Kind = "parent" | "child";
`,
};

before(() => {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, sourceMap: true };
  mkdirSync(join(folder, "src"));
  mkdirSync(join(folder, "dist/src"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const [name, source] of Object.entries(sources)) {
    const compiled = join(folder, "dist/src", name.replace(".ts", ".js"));
    const fileName = `../../src/${name}`;
    const { outputText, sourceMapText = "" } = ts.transpileModule(source, { fileName, compilerOptions });
    writeFileSync(join(folder, "src", name), source);
    writeFileSync(compiled, outputText);
    writeFileSync(`${compiled}.map`, JSON.stringify({ ...JSON.parse(sourceMapText), sources: [fileName] }));
  }
  process.chdir(folder);
  const env = { PATH: process.env.PATH, NODE_V8_COVERAGE: recorded };
  execFileSync(process.execPath, ["dist/src/main.js"], { env });
});
after(() => process.chdir(project));

test("the report merges all processes and lists the lines that never ran, including those of files that were never loaded", async () => {
  const { text, failures } = await reportCoverage({ recorded, output: join(folder, "output"), part: false });
  assert.equal(text, readFileSync(join(folder, "output/summary.txt"), "utf8").trimEnd());
  const [never = "", add = "", total = "", ...rest] = text.split("\n");
  assert.match(never, /^src\/never\.ts +0 % {2}1$/);
  assert.match(add, /^src\/add\.ts +54\.5 % {2}5-7, 12-13$/);
  assert.equal(rest.length, 0);
  assert.match(total, /^68\.4 % of the lines in 4 files are covered\.$/);
  assert.equal(failures.length, 3);
  assert.match(failures[0], /of all lines are covered; 95 % are needed\.$/);
  assert.match(failures[1], /^src\/never\.ts: 0 % of its lines are covered; 60 % are needed\.$/);
});

test("the report of a partial run has only the files that were loaded, and no thresholds", async () => {
  const { text, failures } = await reportCoverage({ recorded, output: join(folder, "part"), part: true });
  assert.doesNotMatch(text, /never/);
  assert.match(text, /3 files are covered\.$/);
  assert.deepEqual(failures, []);
});

test("a report without any file of src fails", async () => {
  const { failures } = await reportCoverage({
    recorded: join(folder, "none"),
    output: join(folder, "out"),
    part: true,
  });
  assert.deepEqual(failures, ["The tests loaded no file of src."]);
});
