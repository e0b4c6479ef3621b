import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folders = ["src", "test", "e2e", "scripts", "views", "public", "docs", "deploy"];
const atTheTop = readdirSync(root).filter((name) => /\.(md|js|ts|json|yaml|example)$/.test(name));
const below = folders.flatMap((folder) =>
  readdirSync(root + folder, { recursive: true, encoding: "utf8" }).map((path) => `${folder}/${path}`),
);
/** All files and folders of the project. */
const tree = [...atTheTop, ...folders, ...below];
const names = new Set(tree.map((path) => basename(path)));
/** Tests that contain wrong references on purpose. */
const planting = ["test/docs/references.test.ts", "test/scripts/lint.test.ts"];
const texts = tree
  .filter((path) => /\.(ts|js|css|ejs|grit|md|yaml|example)$/.test(path) && !planting.includes(path))
  .map((file) => [file, proseOf(file, readFileSync(root + file, "utf8"))] as const);

/** Returns the prose of a file: all of a page, the comments of code. */
function proseOf(file: string, text: string): string {
  if (/\.(md|yaml|example)$/.test(file)) return text.replace(/^```diff\n[\s\S]*?^```$/gm, ""); // diffs add files; another test checks them
  const comments = text.matchAll(/\/\*[\s\S]*?\*\/|(?<![:"'`\w])\/\/.*|<%#[\s\S]*?%>|<!--[\s\S]*?-->/g);
  return [...comments].map(([comment]) => comment).join("\n");
}

/** Matches anything that looks like a path: with an extension, or from a top folder or a folder of src. */
const firsts = [...folders, ...readdirSync(`${root}src`).filter((name) => !name.includes("."))].join("|");
const paths = [
  /(?<![\w./@<-])(?:\.{1,2}\/)*(?:[\w.*-]+\/)+[\w.*-]+\.(?:ts|js|mjs|ejs|css|md|grit|svg|json|yaml|png)\b/g,
  new RegExp(`(?<![\\w./@<-])(?:${firsts})/[\\w./*-]*\\w(?![\\w.*-])`, "g"),
];
const namesOfFiles = /(?<![\w./@*-])[\w-]+\.(?:ts|ejs|grit)\b/g;
const numbersOfDecisions = /(?<![\w.#,-])00\d\d(?!\w)/g;
const links = /\]\((?!https?:|#|\/)([^)#\s]+)/g;

/** Files that the five steps in the README create. */
const examples = ["src/routes/about.ts", "views/about/show.ejs", "views/about"];

/** Returns the references in a text to things that do not exist. */
function missingIn(file: string, prose: string): string[] {
  const isPage = file.endsWith(".md");
  const text = prose.replace(/https?:\/\/\S+/g, "");
  const found = (pattern: RegExp) => [...text.matchAll(pattern)].map(([match]) => match);
  const linked = isPage ? [...text.matchAll(links)].map(([, path = ""]) => path) : [];
  const missing = [
    // In a page, a reference that begins with a dot is a link, or an import in an example.
    ...paths.flatMap(found).filter((path) => !(isPage && path.startsWith(".")) && !isThere(path, file)),
    ...found(namesOfFiles).filter((name) => !names.has(name)),
    ...found(numbersOfDecisions).filter((number) => !isThere(`docs/decisions/${number}`, file)),
    ...linked.filter((path) => !existsSync(join(root, dirname(file), path))),
  ];
  return [...new Set(missing)];
}

/** Returns true if the path exists: from the top, in src and similar folders, or beside the file that names it. */
function isThere(path: string, file: string): boolean {
  if (/^(node_modules|data|views\/site|public\/site)(\/|$)/.test(path) || examples.includes(path)) return true;
  const source = path.replace(/^dist\//, "");
  const places = ["", "src", "views", "test", "docs", "public", "scripts", dirname(file), dirname(dirname(file))];
  const patterns = places.map((place) => patternOf(normalize(join(place, source))));
  return tree.some((one) => patterns.some((pattern) => pattern.test(one)));
}

/** A star stands for part of a name, the extension may be missing, and decisions are found by their number. */
function patternOf(path: string): RegExp {
  const text = path
    .replace(/[.+]/g, "\\$&")
    .replaceAll("*", "[^/]*")
    .replace(/\\\.js$/, "\\.[jt]s");
  return new RegExp(/decisions\/\d{4}$/.test(path) ? `^${text}-` : `^${text}(\\.(ts|js|ejs|css|md))?$`);
}

test("every path and decision named in a comment or page exists", () => {
  const missing = texts.flatMap(([file, prose]) => missingIn(file, prose).map((path) => `${file}: ${path}`));
  assert.deepEqual(missing, []);
  assert.ok(texts.length > 700);
});

test("a missing path or decision is detected", () => {
  const found = (line: string, file = "src/web/csrf.ts") => missingIn(file, proseOf(file, line)).length > 0;
  for (const line of [
    "// see src/web/nothing.ts",
    "/* (web/nothing.ts) */",
    "/** As in `models/nothing`. */",
    "// test/*/nothing*.test.ts holds it",
    "// ./nothing.ts",
    "// dist/src/nothing.js is what runs",
    "// nothing.ts says why",
    "// docs/decisions/0099",
    "// docs/decisions/0015-nothing.md",
    "// decision 0099",
  ])
    assert.ok(found(line), line);
  assert.ok(found("<%# partials/nothing.ejs %>", "views/error.ejs"));
  assert.ok(found("[why](decisions/nothing.md)", "docs/security.md"));
  for (const line of [
    "// see src/web/csrf.ts, web/csrf.ts, `web/csrf`, csrf.ts, ./mount.ts, web/*.ts and dist/src/server.js",
    "// docs/decisions/0015, docs/decisions/0015-roles.md, 0015",
    "// https://example.org/src/nothing.ts",
    'const path = "src/nothing.ts";',
  ])
    assert.ok(!found(line), line);
});

test("the list of decisions is complete", () => {
  const list = readFileSync(`${root}docs/decisions/README.md`, "utf8");
  const pages = readdirSync(`${root}docs/decisions`).filter((file) => /^\d{4}-/.test(file));
  assert.deepEqual(
    pages.filter((page) => list.split(`(${page})`).length !== 2),
    [],
  );
});
