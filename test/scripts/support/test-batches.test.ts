import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../../support/database/engine.js";
import { usersEnvironment } from "../../support/processes/environment.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const dist = join(root, "dist");
const { batchTests } = await import(new URL("../../../../scripts/support/test-batches.js", import.meta.url).href);

const all = readdirSync(join(dist, "test"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.js"))
  .map((file) => `dist/test/${file}`);
const folder = temporaryDirectory();
const entries: string[] = batchTests(all, folder);
const batches = entries
  .filter((entry) => !all.includes(entry))
  .map((entry) => JSON.parse(/\[.*\]/.exec(readFileSync(entry, "utf8"))?.[0] ?? "") as string[]);

test("each test file is run once, most of them in a batch", () => {
  const grouped = batches.flat().map((file) => `dist/${file}`);
  const alone = entries.filter((entry) => all.includes(entry));
  assert.deepEqual([...grouped, ...alone].sort(), all.sort());
  assert.ok(grouped.length > all.length / 2, `${grouped.length} of ${all.length}`);
});

test("files that want the same settings share a process, which sets them before it loads the app", () => {
  const settings = (name: string) =>
    readFileSync(join(dist, `${name}.js`), "utf8").match(/settings\/(?!sample)[a-z-]+/g);
  const shared = entries.filter(
    (entry) => !all.includes(entry) && readFileSync(entry, "utf8").includes("/settings/limits"),
  );
  assert.equal(shared.length, 1);
  const [first, ...others] = readFileSync(String(shared[0]), "utf8").trim().split("\n");
  assert.match(String(first), /^import "\S+\/settings\/limits\.js";$/);
  assert.ok(others.every((line) => !line.includes("/settings/") || line.includes("shared-process")));
  for (const batch of batches) {
    const wanted = new Set(batch.map((file) => String(settings(file.replace(/\.js$/, "")))));
    assert.equal(wanted.size, 1, `${batch.join(" ")}: ${[...wanted].join(" and ")}`);
  }
});

test("files that set the environment themselves, stop the database, or need a fresh app, have a process of their own", () => {
  for (const name of [
    "routes/api/cors",
    "mail/smtp",
    "web/production",
    "routes/system/health",
    "models/user/search/terms",
    "routes/auth/setup/setup",
  ])
    assert.ok(entries.includes(`dist/test/${name}.test.js`), name);
});

test("files of a batch share no hooks, mocks or environment; a failed one is named", () => {
  const planted = temporaryDirectory();
  const head = 'import assert from "node:assert/strict"; import { beforeEach, mock, test } from "node:test";\n';
  const plant = (name: string, text: string) => {
    writeFileSync(join(planted, name), head + text);
    return relative(dist, join(planted, name));
  };
  const files = [
    plant(
      "first.test.mjs",
      'mock.method(Math, "max", () => 1); await null; beforeEach(() => { globalThis.count = 1; });\n' +
        'test("one", () => { process.env.LEFT_BEHIND = "1"; });',
    ),
    plant("second.test.mjs", 'test("two", () => assert.equal(Math.max(2, 3), 3));'),
    plant(
      "third.test.mjs",
      'import { after } from "node:test"; after(() => { throw new Error("not closed"); });\n' +
        'globalThis.count = 0; test("three", () => assert.equal(globalThis.count, 0)); test("four", () => assert.fail());',
    ),
    plant("last.test.mjs", 'test("five", () => assert.equal(process.env.LEFT_BEHIND, undefined));'),
  ];
  const entry = join(planted, "batch.test.mjs");
  const runner = JSON.stringify(join(dist, "test/support/settings/shared-process.js"));
  writeFileSync(
    entry,
    `import { runFiles } from ${runner};\nawait runFiles(${JSON.stringify(files)}, { base: null });\n`,
  );
  const env = usersEnvironment();
  const { stdout } = spawnSync(process.execPath, ["--test", "--test-reporter=tap", entry], { encoding: "utf8", env });
  for (const name of ["one", "two", "three", "five"])
    assert.match(stdout, new RegExp(`^ +ok \\d+ - ${name}$`, "m"), stdout);
  assert.match(stdout, /^ok \d+ - \S+last\.test\.mjs$/m);
  assert.match(stdout, /^not ok \d+ - \S+third\.test\.mjs$/m);
  assert.match(stdout, /not ok \d+ - four\n[\s\S]*?location: '\S+third\.test\.mjs/);
});
