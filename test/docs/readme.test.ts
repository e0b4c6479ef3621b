import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const readme = read("README.md");
const steps = readme.slice(readme.indexOf("## A page of your own in five steps"), readme.indexOf("## Commands"));

/** The code blocks of the steps, without the indent of the list. */
const blocks = [...steps.matchAll(/```(\w+)\n([\s\S]*?)\n {3}```/g)].map(([, language, text = ""]) => ({
  language,
  text: `${text.replace(/^ {3}/gm, "")}\n`,
}));
const getText = (language: string, place = 0) =>
  blocks.filter((block) => block.language === language)[place]?.text ?? "";
/** Finds a line that a step shows in its sentence. */
const lineLike = (pattern: RegExp) => pattern.exec(steps)?.[1] ?? assert.fail(`no line like ${pattern}`);

describe("the five steps to a new page", () => {
  const copy = mkdtempSync(join(tmpdir(), "five-steps-"));
  after(() => rmSync(copy, { recursive: true }));

  /** Changes a file of the copy, starting from the project's own if it exists. */
  function change(path: string, edit: (text: string) => string): void {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), edit(existsSync(join(root, path)) ? read(path) : ""));
  }
  /** Inserts the line first in the block that begins with `const name …= ` and a bracket. */
  const within = (name: string, line: string) => (text: string) => {
    const changed = text.replace(new RegExp(`(const ${name}\\b[^=]*= [[{]\\n)`), `$1  ${line.trim()}\n`);
    assert.notEqual(changed, text, `there is a ${name}`);
    return changed;
  };

  test("code copied from the steps passes the linter", () => {
    const { linter, formatter, assist } = JSON.parse(read("biome.json"));
    change("biome.json", () => JSON.stringify({ root: true, formatter, linter, assist }));
    change("src/routes/about.ts", () => getText("ts"));
    const place = within("pageRoutes", getText("ts", 1));
    const first = 'import { account } from "./account/index.js";\n';
    change("src/routes/index.ts", (text) =>
      place(text.replace(first, `import { about } from "./about.js";\n${first}`)),
    );
    change("src/definitions/proofs.ts", within("proofs", lineLike(/`("\/about": \{.*?\},)`/)));
    change("test/access/access.test.ts", within("table", lineLike(/`("GET \/about": \[.*?\],)`/)));
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const { status, stdout } = spawnSync(process.execPath, [biome, "check", "--error-on-warnings", "src", "test"], {
      cwd: copy,
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout);
    assert.match(stdout, /Checked 4 files/);
  });

  test("the steps name every file that an address needs, and everything that they use exists", () => {
    for (const path of ["src/routes/index.ts", "src/definitions/proofs.ts", "test/access/access.test.ts"]) {
      assert.ok(steps.includes(`\`${path}\``), path);
      assert.match(read(path), /\/dashboard"/, `${path} has a line for each address`);
    }
    for (const guard of ["allowAll", "requireUser"])
      assert.match(read("src/routes/index.ts"), new RegExp(`guard: ${guard}\\b`));
    assert.match(getText("ejs"), /^<%# locals: users %>\n<% page\.title/);
  });
});

test("the table lists all commands", () => {
  const scripts = Object.keys(JSON.parse(read("package.json")).scripts);
  const named = [...readme.matchAll(/^\| `npm (?:run )?([\w:]+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(named.sort(), scripts.sort());
});

test("the page explains how the first account becomes the superadmin, and how long things take", () => {
  const begin = readme.slice(0, readme.indexOf("## What is inside"));
  for (const told of [
    /\/setup\//,
    /superadmin/,
    /npm run user -- promote/,
    /first start .* minutes/,
    /minutes on two cores/,
  ])
    assert.match(begin, told);
});
