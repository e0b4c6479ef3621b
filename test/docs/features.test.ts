import "../support/environment.js";
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { proofs } from "../../src/definitions/proofs.js";
import { endpoints } from "../../src/forms/api/index.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const commands = Object.keys(JSON.parse(read("package.json")).scripts);
const settings = [...read(".env.example").matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);
const calls = endpoints.map(({ method, path }) => `${method.toUpperCase()} /api/v1${path}`);

/** Returns true if the app has this page, call, command, setting or file. */
function isThere(name: string): boolean {
  const [method = "", path = ""] = name.split(" ");
  if (path.startsWith("/api/")) return calls.includes(name);
  if (path.startsWith("/")) return Object.keys(proofs[path] ?? {}).includes(method);
  if (name.startsWith("npm run ")) return commands.includes(name.slice("npm run ".length));
  return settings.includes(name) || existsSync(join(root, name));
}

/** Returns what a row of the table names that does not exist. */
function missingIn(row: string): string[] {
  const [, , where = "", shown = ""] = row.split(" | ");
  const places = [...where.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
  const tests = [...shown.matchAll(/`([^`]+)`(?:: (.+?))?(?=; `| \|$)/g)].map(([, file = "", title = ""]) => ({
    file,
    title,
  }));
  if (places.length === 0 || tests.length === 0) return [row];
  const unknown = tests.filter(({ file, title }) => !existsSync(join(root, file)) || !read(file).includes(title));
  return [...places.filter((name) => !isThere(name)), ...unknown.map(({ file, title }) => `${file}: ${title}`)];
}

const rows = read("docs/features.md").match(/^\| \d+ \| .+ \|$/gm) ?? [];

test("the table of features has 60 rows", () => {
  assert.deepEqual(
    rows.map((row) => Number(/\d+/.exec(row)?.[0])),
    Array.from({ length: 60 }, (_, n) => n + 1),
  );
});

test("every page, call, command, setting, file and test in the table of features exists", () => {
  assert.deepEqual(rows.flatMap(missingIn), []);
});

test("a place or test that does not exist is detected", () => {
  const shown = "`test/docs/features.test.ts`: the table of features has 60 rows";
  for (const where of [
    "`GET /nowhere`",
    "`PUT /login`",
    "`GET /api/v1/nowhere`",
    "`npm run nothing`",
    "`NOTHING`",
    "x",
  ])
    assert.equal(missingIn(`| 1 | x | ${where} | ${shown} |`).length, 1, where);
  for (const tests of ["`test/nothing.test.ts`", "`test/docs/features.test.ts`: no such " + "title", "x"])
    assert.equal(missingIn(`| 1 | x | \`GET /login\` | ${tests} |`).length, 1, tests);
  assert.deepEqual(missingIn(`| 1 | x | \`GET /login\`, \`NODE_ENV\` | ${shown} |`), []);
});
