import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../support/database/engine.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const copy = temporaryDirectory();
const MISTAKE = "\nexport const mistake: number = 'text';\n";
const built = (file: string) => join(copy, "dist", file);

for (const path of ["scripts", "package.json", "package-lock.json", "tsconfig.json", "tsconfig.app.json"])
  cpSync(join(root, path), join(copy, path), { recursive: true });
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
/** The commands that are compiled together with the app. */
const commands = ["audit", "backup", "doctor", "migrate", "restore", "seed", "user"];
/** A small app, which compiles fast. */
const sources = {
  "src/server.ts": 'import "./clock.js";\n',
  "src/clock.ts": "export const now = 0;\n",
  ...Object.fromEntries(commands.map((name) => [`scripts/${name}.ts`, 'import "../src/clock.js";\n'])),
  "scripts/bench.ts": 'import "../src/clock.js";\n',
  "test/planted.test.ts": MISTAKE,
};
for (const name of ["audit", "backup", "bench", "doctor", "migrate", "seed", "user"])
  rmSync(join(copy, "scripts", name), { recursive: true });
for (const folder of ["src", "test"]) mkdirSync(join(copy, folder));
for (const [file, text] of Object.entries(sources)) writeFileSync(join(copy, file), text);

/** Builds as `npm start` does, or as the tests do. */
function build(what: "app" | "all") {
  const script = `import { prepare, compile } from "./scripts/support/build.js"; await ${what === "app" ? "prepare()" : 'compile("all")'};`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: copy,
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

test("type errors in a test and in the benchmark do not keep the app from starting", () => {
  appendFileSync(join(copy, "scripts/bench.ts"), MISTAKE);
  const { status, output } = build("app");
  assert.equal(status, 0, output);
  assert.ok(existsSync(built("src/server.js")));
  for (const command of commands) assert.ok(existsSync(built(`scripts/${command}.js`)));
  assert.ok(!existsSync(built("test")));
});

test("the next start compiles nothing, also if the build of the tests has failed in between", () => {
  assert.equal(build("app").output, "");
  const { output } = build("all");
  for (const file of ["test/planted.test.ts", "scripts/bench.ts"])
    assert.match(output, new RegExp(`${file}.*not assignable`));
  assert.equal(build("app").status, 0);
});

test("a source that one build has changed is written again by the other", () => {
  const file = join(copy, "src/clock.ts");
  const before = readFileSync(file, "utf8");
  build("all");
  writeFileSync(file, `${before}export const added = 1;\n`);
  build("app");
  assert.match(readFileSync(built("src/clock.js"), "utf8"), /added/);
  writeFileSync(file, before);
  build("all");
  assert.doesNotMatch(readFileSync(built("src/clock.js"), "utf8"), /added/);
});

test("a type error in the app itself is shown, and the app does not start", () => {
  appendFileSync(join(copy, "src/clock.ts"), MISTAKE);
  const { status, output } = build("app");
  assert.equal(status, 1);
  assert.match(output, /src\/clock\.ts.*not assignable/);
  assert.match(output, /The sources don't compile/);
});
