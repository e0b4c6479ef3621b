import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const filesIn = (folder: string) =>
  readdirSync(root + folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ts|js|ejs|md)$/.test(file))
    .map((file) => join(folder, file));
const texts = ["src", "test", "e2e", "scripts", "views", "public", "docs"]
  .flatMap(filesIn)
  .concat("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
  .map((file) => [file, readFileSync(root + file, "utf8")] as const);

test("every page of the docs that something names is there", () => {
  const missing = texts.flatMap(([file, text]) => {
    const named = [...text.matchAll(/\bdocs\/[\w./-]+\.md\b/g)].map(([path]) => path);
    const linked = file.endsWith(".md") ? [...text.matchAll(/\]\((?!https?:|#|\/)([^)#\s]+)/g)] : [];
    const paths = [...named, ...linked.map(([, path = ""]) => join(dirname(file), path))];
    return paths.filter((path) => !existsSync(root + path)).map((path) => `${file}: ${path}`);
  });
  assert.deepEqual(missing, []);
});

test("every decision is in the list of decisions", () => {
  const list = readFileSync(`${root}docs/decisions/README.md`, "utf8");
  const pages = readdirSync(`${root}docs/decisions`).filter((file) => /^\d{4}-/.test(file));
  assert.deepEqual(
    pages.filter((page) => list.split(`(${page})`).length !== 2),
    [],
  );
});
