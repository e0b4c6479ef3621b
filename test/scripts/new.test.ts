import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../support/database/engine.js";
import { exceptOnDay } from "../support/settings/sample.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const copy = temporaryDirectory();
const folders = ["src", "test", "e2e", "views", "public", "docs", "scripts"];
const files = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "biome.json",
  "knip.json",
  "playwright.config.ts",
  "lefthook.yml",
];

/** Runs a program in the copy, without the environment of a test. */
function run(...args: string[]) {
  const { NODE_TEST_CONTEXT: _, TEST_SAMPLE: _part, ...env } = process.env;
  const options = { cwd: copy, env: { ...env, NODE_ENV: "test" }, encoding: "utf8", maxBuffer: 100_000_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
  return { status, stdout, stderr };
}
const generate = (...words: string[]) => run("scripts/new.js", ...words);

/** Runs a tool. @throws AssertionError with the tool's output if it fails */
function succeed(...args: string[]): void {
  const { status, stdout, stderr } = run(...args);
  assert.equal(status, 0, stdout + stderr);
}

const toCompiled = (file: string) => `dist/${file.replace(/ts$/, "js")}`;

/** Runs compiled tests of the copy; `names` selects some of them. */
function runTests(tests: string[], names: string[] = []) {
  const patterns = names.map((name) => `--test-name-pattern=${name}`);
  const options = ["--test", "--test-concurrency=1", "--test-reporter=tap", ...patterns];
  const { stdout } = run(...options, ...tests.map(toCompiled));
  const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)$`, "m").exec(stdout)?.[1]);
  return { passed: count("pass"), failed: count("fail"), stdout };
}

/** Joins several test files into one, so that they share a database and an app. */
function join(tests: string[]): string {
  const imports = tests.map((test) => `import ${JSON.stringify(test.replace(/^test(.*)ts$/, ".$1js"))};\n`);
  writeFileSync(path.join(copy, "dist/test/joined.test.js"), imports.join(""));
  return "test/joined.test.ts";
}

/** Lists all files of the copy that the command might write, with the time of their last change. */
const listWrites = () =>
  new Map(
    folders.flatMap((folder) =>
      readdirSync(path.join(copy, folder), { recursive: true, encoding: "utf8", withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
        .map((file) => [file, statSync(file).mtimeMs] as const),
    ),
  );

const made = [
  "page about",
  "page account/hobbies",
  "form feedback",
  "mail welcome",
  "api-call tea-pots",
  "model tea-bag",
];
const isOfModel = (file: string) => file.startsWith("test/models/");
const printed = new Map<string, string>();
let written: string[] = [];
let ownTests: string[] = [];

before(() => {
  for (const name of [...folders, ...files, ".gitignore", ".dependency-cruiser.js"])
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  symlinkSync(path.join(root, "node_modules"), path.join(copy, "node_modules"));
  for (const words of made) {
    const { status, stdout, stderr } = generate(...words.split(" "));
    assert.equal(status, 0, `${words}: ${stderr}`);
    printed.set(words, stdout);
  }
  written = [
    ...new Set([...printed.values()].flatMap((text) => text.match(/(?<=^(?:new {6}|changed {2}))\S+/gm) ?? [])),
  ];
  ownTests = [...printed.values()].flatMap((text) => text.match(/(?<=^new {6})test\/\S+/gm) ?? []);
});

describe("one of each kind in a copy of the project", { skip: exceptOnDay(6) }, () => {
  test("the command prints what it wrote and what to do next", () => {
    const text = printed.get("form feedback") ?? "";
    assert.match(
      text,
      /^new {6}src\/forms\/feedback\.ts\nnew {6}src\/routes\/feedback\.ts\nnew {6}views\/feedback\/new\.ejs\n/,
    );
    assert.match(
      text,
      /^changed {2}src\/routes\/index\.ts\nchanged {2}src\/definitions\/proofs\.ts\nchanged {2}test\/access\/access\.test\.ts\n/m,
    );
    assert.match(text, /\nNext:\n(- .+\n)+- Run its test: npm test -- feedback\n$/);
    assert.equal(ownTests.length, made.length);
  });

  test("types are correct", () => {
    succeed("node_modules/@typescript/native/bin/tsc", "--pretty", "false");
  });

  test("the linters find no problems of style, formatting, imports or unused code", () => {
    const code = written.filter((file) => file.endsWith(".ts"));
    succeed("node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", ...code);
    succeed("node_modules/dependency-cruiser/bin/dependency-cruise.mjs", "src");
    succeed("node_modules/knip/bin/knip.js", "--no-progress");
  });

  test("the new tests pass, and so do the tests of all tables", () => {
    const tables = {
      "test/mail/queued-names.test.ts": "the table contains each current email",
      "test/mail/render.test.ts": "each email view is used by a function",
      "test/mail/values.test.ts": "each value that an email view uses",
      "test/routes/api/access.test.ts": "every API address has a declared call",
      "test/routes/account/export.test.ts": "a user requests an export",
      "test/docs/architecture.test.ts": "the table of collections is complete",
      "test/features.test.ts": "no folder has too many entries",
      "test/names.test.ts": "no two modules export the same name",
      "test/views.test.ts": "every page sets its title",
    };
    const alone = {
      "test/access/access.test.ts": "the access table has a row for every address",
      "test/access/proofs.test.ts": "the table of proofs has a row for every address",
      "test/models/backup.test.ts": "a backup keeps or drops every collection",
    };
    const [ofModel, others] = [ownTests.filter(isOfModel), ownTests.filter((file) => !isOfModel(file))];
    const subjects = ["/about$", "hobbies", "feedback", "welcome", "tea-pots", "tea bags"];
    const names = [...Object.values({ ...tables, ...alone }), ...subjects];
    const { failed, stdout } = runTests(
      [join([...others, ...Object.keys(tables)]), ...Object.keys(alone), ...ofModel],
      names,
    );
    assert.equal(failed, 0, stdout);
    const passed = new Set([...stdout.matchAll(/^ *ok \d+ - (.*)$/gm)].map(([, name = ""]) => name));
    const own = ownTests.flatMap(
      (file) => readFileSync(path.join(copy, file), "utf8").match(/(?<=^test\(").+?(?=",)/gm) ?? [],
    );
    assert.ok(own.length >= 14);
    for (const name of own) assert.ok(passed.has(name), `${name}: ${stdout}`);
    for (const name of Object.values({ ...tables, ...alone }))
      assert.ok(
        [...passed].some((one) => one.startsWith(name) && !one.includes("# SKIP")),
        name,
      );
  });

  test("the new tests fail without the new code", () => {
    renameSync(path.join(copy, "dist/src"), path.join(copy, "dist/with-them"));
    cpSync(path.join(root, "dist/src"), path.join(copy, "dist/src"), { recursive: true });
    const isOfRoute = (file: string) => file.startsWith("test/routes/");
    const tests = [join(ownTests.filter(isOfRoute)), ...ownTests.filter((file) => !isOfRoute(file))];
    const { passed, failed, stdout } = runTests(tests);
    assert.equal(passed, 0, stdout);
    assert.ok(failed >= ownTests.length, stdout);
  });
});

describe("an invalid command prints one line and writes nothing", () => {
  const refusals: [words: string, message: RegExp][] = [
    ["table users", /^There is no kind "table"\. Use one of: page, form, mail, api-call, model\.$/],
    ["page", /^Give one name, for example: npm run new page about$/],
    ["page one two", /^Give one name/],
    ["page About", /^"About" is not a name\. Use lowercase words/],
    ["page about_us", /is not a name/],
    ["page ../about", /is not a name/],
    ["page account/../about", /is not a name/],
    ["page admin/about", /is not a name/],
    ["mail account/about", /is not a name/],
    ["page 2-a", /is not a name/],
    ["page a--b", /is not a name/],
    ["constructor about", /^There is no kind "constructor"/],
    [`page ${"a".repeat(41)}`, /is too long: use at most 40 characters\.$/],
    ["page delete", /^"delete" is a reserved word of JavaScript\./],
    ["page about", /^src\/routes\/about\.ts exists\. Choose another name\.$/],
    ["form login", /^src\/\S+ exports login(Form)?\. Choose another name\.$/],
    ["model user", /^src\/models\/user\.ts exists\./],
    ["model object", /^Object has a meaning in code\./],
    ["model schema", /^Schema has a meaning in code\./],
    ["page healthz", /^src\/definitions\/proofs\.ts already has "\/healthz":$/],
    ["mail unlocked", /^test\/mail\/queued-names\.test\.ts already has a row for "unlocked"/],
  ];
  for (const [words, message] of refusals) {
    test(`npm run new ${words}`, () => {
      const stored = listWrites();
      const { status, stdout, stderr } = generate(...words.split(" "));
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assert.match(stderr.trimEnd(), message);
      assert.doesNotMatch(stderr.trimEnd(), /\n/);
      assert.deepEqual(listWrites(), stored);
    });
  }

  for (const [what, change, message] of [
    [
      "has no place for a new line",
      (text: string) => text.replace("  ...auth,\n", ""),
      /^src\/routes\/index\.ts has no "\.\.\.auth,", so there is no place for: \{ at: "\/late"/,
    ],
    [
      "has that place twice",
      (text: string) => `${text}\n  ...auth,\n`,
      /^src\/routes\/index\.ts has "\.\.\.auth," more than once/,
    ],
  ] as const)
    test(`a new page, if the map ${what}`, () => {
      const map = path.join(copy, "src/routes/index.ts");
      const text = readFileSync(map, "utf8");
      writeFileSync(map, change(text));
      const stored = listWrites();
      const { status, stderr } = generate("page", "late");
      assert.equal(status, 1);
      assert.match(stderr, message);
      assert.deepEqual(listWrites(), stored);
      writeFileSync(map, text);
    });

  test("without arguments, the command prints its usage", () => {
    for (const words of [[], ["--help"]]) {
      const { status, stdout } = generate(...words);
      assert.equal(status, 0);
      assert.match(stdout, /^Usage: npm run new KIND NAME\n( {2}npm run new \S+ \S+ +.+\n){6}/m);
    }
  });
});
